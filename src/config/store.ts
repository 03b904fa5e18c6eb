import { join } from "node:path";
import { sqlite } from "../driver/sqlite/sqlite.ts";
import type { DriverSource } from "./config.ts";

/** The embedded store of a configuration that names none. */
const DEFAULT_STORE = "mpq.db";

/** The store that a configuration names, else the embedded one in `folder`. */
export function storeOf(driver: DriverSource | undefined, folder: string): DriverSource {
  return driver ?? sqlite(join(folder, DEFAULT_STORE));
}
