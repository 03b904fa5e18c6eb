import { resolve } from "node:path";
import type { DriverOpener } from "../../config/config.ts";
import type { Synchronous } from "./open.ts";

export interface SqliteOptions {
  /**
   * `"normal"` (the default) loses nothing when a process dies or is killed; when the host loses its power, the last
   * moments may be missing, never damaged. `"full"` keeps them too, at the price of a disk write for each commit.
   */
  readonly synchronous?: Synchronous;
}

const DEFAULT_PATH = "./mpq.db";
const PATIENCE_MS = 10_000;

/**
 * Keeps jobs in a SQLite file, made when it is not there. `path` is relative to the working directory; every process
 * that uses the file must be on the same host.
 *
 * Opening throws `RUNTIME_UNSUPPORTED` (Node before 22.13), `STORE_REFUSED` and `STORE_UNREACHABLE`.
 */
export function sqlite(path: string = DEFAULT_PATH, options: SqliteOptions = {}): DriverOpener {
  const file = resolve(path);
  return {
    label: `sqlite:${file}`,
    secretFile: `${file}.secret`,
    open: async () => {
      const { synchronous = "normal" } = options;
      const [{ SqliteDriver }, { openStore }] = await Promise.all([import("./driver.ts"), import("./open.ts")]);
      return new SqliteDriver(await openStore(file, { synchronous, patienceMs: PATIENCE_MS }));
    },
  };
}
