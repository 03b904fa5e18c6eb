/** Keeps jobs in Redis: `redis(url)` in a configuration. */
import type { DriverOpener } from "../../config/config.ts";
import { type RedisOptionsOfMpq, targetOf } from "./url.ts";

/**
 * Keeps jobs in Redis 6.2 or later, or in Valkey.
 *
 * `redis://host:port/db`, `rediss://…` with TLS, `redis+cluster://host:port,host:port`,
 * `redis+sentinel://host:port,host:port/name?db=0`, `redis+unix:///path?db=0`; each may begin with `user:password@`.
 * Throws `CONFIG_INVALID` for another URL. Opening rejects with `STORE_UNREACHABLE` within a few seconds when nothing
 * answers, and with `STORE_REFUSED` for a wrong password, too old a server, or one that may drop jobs when it is full.
 */
export function redis(urlOrOptions: string | RedisOptionsOfMpq = {}): DriverOpener {
  const target = targetOf(typeof urlOrOptions === "string" ? { url: urlOrOptions } : urlOrOptions);
  // The client is loaded when it is needed: a worker that is given its jobs never does.
  return { label: target.label, open: async () => (await import("./open.ts")).openRedis(target) };
}
