import { resolve } from "node:path";
import type { DriverOpener, DriverSource } from "../config/config.ts";
import { MpqError } from "../errors.ts";
import type { Driver } from "./driver.ts";
import { redis } from "./redis/redis.ts";
import { sqlite } from "./sqlite/sqlite.ts";

const REDIS_SCHEMES: readonly string[] = ["redis", "redis+cluster", "redis+sentinel", "redis+unix"].flatMap(
  (scheme) => [scheme, scheme.replace("redis", "rediss")],
);
const EXPECTED = `sqlite:<path>, or a URL that begins with ${REDIS_SCHEMES.map((name) => `${name}://`).join(", ")}`;

/** Opens the store that a configuration names; a driver that is open already is given back as it is. */
export async function openDriver(source: DriverSource): Promise<Driver> {
  return "open" in source ? source.open() : source;
}

/**
 * Reads where a store is from a URL, as `MPQ_DRIVER_URL` has it. Opens nothing.
 *
 * A relative path of `sqlite:` starts in `folder`, the working directory when absent. Throws `CONFIG_INVALID` for any
 * other kind of URL, with no more of it than its beginning: the rest may hold a password.
 */
export function driverFromUrl(url: string, folder: string = process.cwd()): DriverOpener {
  const [, scheme = "", rest = ""] = /^([a-z][a-z+]*):(.*)$/is.exec(url.trim()) ?? [];
  const kind = scheme.toLowerCase();
  if (kind === "sqlite" && rest !== "") return sqlite(resolve(folder, rest.replace(/^\/\/(?=[^/]|\/)/, "")));
  if (REDIS_SCHEMES.includes(kind) && rest.startsWith("//")) return redis(url.trim());
  const found = scheme === "" ? "without a scheme" : `that begins with "${scheme}:"`;
  throw new MpqError(
    "CONFIG_INVALID",
    `The store's URL (MPQ_DRIVER_URL, or driver in the configuration) is one ${found}; expected ${EXPECTED}`,
  );
}
