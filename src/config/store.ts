import { join } from "node:path";
import { driverFromUrl } from "../driver/open.ts";
import { sqlite } from "../driver/sqlite/sqlite.ts";
import type { DriverSource } from "./config.ts";

/** The embedded store of a configuration that names none. */
const DEFAULT_STORE = "mpq.db";

/** The store that a configuration names, with what is relative in it starting in `folder`; else the embedded one there. */
export function storeOf(driver: DriverSource | string | undefined, folder: string): DriverSource {
  if (typeof driver === "string") return driverFromUrl(driver, folder);
  return driver ?? sqlite(join(folder, DEFAULT_STORE));
}
