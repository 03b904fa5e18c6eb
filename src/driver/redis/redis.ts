/** Keeps jobs in Redis: `redis(url)` in a configuration. */
import type { DriverOpener } from "../../config/config.ts";
import { MpqError } from "../../errors.ts";
import { fieldOf } from "./checkup.ts";
import { Connection } from "./connection.ts";
import { RedisDriver } from "./driver.ts";
import { type RedisOptionsOfMpq, targetOf } from "./url.ts";

const OPEN_WITHIN_MS = 5_000;
/** The first version with all the commands that the scripts use. */
const VERSION = [6, 2] as const;

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
  const open = async (): Promise<RedisDriver> => {
    const connection = new Connection(target);
    try {
      await check(connection, target.label);
    } catch (error) {
      connection.close();
      throw error;
    }
    return new RedisDriver(target, connection);
  };
  return { label: target.label, open };
}

async function check(connection: Connection, label: string): Promise<void> {
  const info = String(await connection.call("INFO", [], OPEN_WITHIN_MS));
  const [major = 0, minor = 0] = (fieldOf(info, "redis_version") ?? "").split(".").map(Number);
  if (major < VERSION[0] || (major === VERSION[0] && minor < VERSION[1])) {
    throw new MpqError("STORE_REFUSED", `${label} is Redis ${major}.${minor}; mpq needs ${VERSION.join(".")} or later`);
  }
  const policy = fieldOf(info, "maxmemory_policy") ?? "noeviction";
  if (policy.startsWith("allkeys-")) {
    throw new MpqError(
      "STORE_REFUSED",
      `${label} drops jobs when its memory is full: maxmemory-policy is ${policy}, expected noeviction; ` +
        "run CONFIG SET maxmemory-policy noeviction and set it in redis.conf as well",
    );
  }
}
