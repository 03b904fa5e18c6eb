import { COMBINATIONS, type Combination } from "../test/support/stores.ts";
import type { TestRedis } from "../test/support/redis.ts";
import { Proxy } from "./proxy.ts";
import type { Stage } from "./stage.ts";

/** Where scenarios of one store apply. */
export const ON_REDIS: readonly Combination[] = COMBINATIONS.filter(({ store }) => store === "redis");

/** The private server; throws on another store. */
export function redisOf(stage: Stage): TestRedis {
  if (stage.redis === undefined) throw new Error("this scenario is for Redis");
  return stage.redis;
}

/** Puts a proxy between the private server and everything that is started from now on. */
export function proxyOf(stage: Stage): Proxy {
  const proxy = new Proxy(stage.world, redisOf(stage).socket);
  stage.reach(proxy.url);
  return proxy;
}

/** Makes a server that forgets nothing when it dies: what it answers is on the disk. Before anybody uses it. */
export const DURABLE: Readonly<Record<string, string>> = { appendonly: "yes", appendfsync: "always" };
