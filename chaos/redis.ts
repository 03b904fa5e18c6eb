import { COMBINATIONS, type Combination } from "../test/support/stores.ts";
import type { TestRedis } from "../test/support/redis.ts";
import { until } from "../test/support/until.ts";
import { now } from "./project/clock.ts";
import { Proxy } from "./proxy.ts";
import type { Stage } from "./stage.ts";

/** Where scenarios of one store apply. */
export const ON_REDIS: readonly Combination[] = COMBINATIONS.filter(({ store }) => store === "redis");

/** A store that is back is used again within so many milliseconds. */
const BACK_MS = 1_000;
const PATIENCE_MS = 60_000;

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

/** Pushes a job, and notes how long after this moment it was begun. A push that is given up is made again. */
export async function goesOn(stage: Stage, what: string = "back", promisedMs: number = BACK_MS): Promise<void> {
  const since = now();
  const begun = await until("a job that is pushed now is run", () => probe(stage), PATIENCE_MS);
  stage.say(`a job that was pushed then began after ${Math.round(begun - since)} ms`);
  stage.timed(what, begun - since, promisedMs);
}

async function probe(stage: Stage): Promise<number | undefined> {
  const { ids, refusal } = await stage.pusher.push([{ job: "work", data: { ms: 0 }, priority: "high" }]);
  if (refusal !== undefined) return undefined;
  const start = await until(
    "a job that was pushed is run",
    () => stage.ledger.lines().find((line) => line.step === "start" && line.job === ids[0]),
    PATIENCE_MS,
  );
  return start.at;
}
