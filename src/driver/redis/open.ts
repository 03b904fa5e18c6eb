import { MpqError } from "../../errors.ts";
import { fieldOf } from "./checkup.ts";
import { Connection } from "./connection.ts";
import { RedisDriver } from "./driver.ts";
import type { Target } from "./url.ts";

const OPEN_WITHIN_MS = 5_000;
/** The first version with all the commands that the scripts use. */
const VERSION = [6, 2] as const;

/** Connects, and refuses a server that would not keep jobs. Throws `STORE_UNREACHABLE` and `STORE_REFUSED`. */
export async function openRedis(target: Target): Promise<RedisDriver> {
  const connection = new Connection(target);
  try {
    await check(connection, target.label);
  } catch (error) {
    connection.close();
    throw error;
  }
  return new RedisDriver(target, connection);
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
