import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { COMBINATIONS, type Combination } from "../test/support/stores.ts";
import { until } from "../test/support/until.ts";
import type { Stage } from "./stage.ts";

/** Where scenarios of one store apply. */
export const ON_SQLITE: readonly Combination[] = COMBINATIONS.filter(({ store }) => store === "sqlite");

/** The byte of the shared memory's file that SQLite locks for a transaction that writes. */
const WRITE_LOCK = "120 120";

/** The embedded store of a run: its file, looked at from outside. */
export class StoreFile {
  readonly path: string;

  constructor(stage: Stage) {
    this.path = stage.url.slice("sqlite:".length);
  }

  get folder(): string {
    return join(this.path, "..");
  }

  /** The file and its companions. */
  get all(): readonly string[] {
    return [this.path, `${this.path}-wal`, `${this.path}-shm`];
  }

  /** Moves all of the log to the file, so that the log begins anew. */
  async emptyLog(): Promise<void> {
    const database = new DatabaseSync(this.path);
    try {
      await until("nobody stands in the way of a checkpoint", () => {
        return database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.["busy"] === 0;
      });
    } finally {
      database.close();
    }
  }

  /** Has the log grow from now on, until the result is called: somebody reads the file as it is, so nothing is moved to it. */
  keepLog(): () => void {
    const reader = new DatabaseSync(this.path);
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM sqlite_schema").get();
    return () => reader.close();
  }

  /** The process that is in a transaction that writes, as the kernel's list of locks has it. */
  writer(): number | undefined {
    const { ino } = statSync(`${this.path}-shm`);
    const place = `:${ino} ${WRITE_LOCK}`;
    const line = readFileSync("/proc/locks", "utf8")
      .split("\n")
      .find((one) => one.includes(" WRITE ") && one.endsWith(place));
    return line === undefined ? undefined : Number(/WRITE +(\d+)/.exec(line)?.[1]);
  }

  /** Notes it when SQLite finds anything wrong with the file. */
  expectSound(stage: Stage): void {
    const database = new DatabaseSync(this.path);
    try {
      database.exec("PRAGMA busy_timeout = 5000");
      const { integrity_check: found } = database.prepare("PRAGMA integrity_check").get() ?? {};
      stage.expect(found === "ok", `the file is damaged: ${String(found)}`);
    } finally {
      database.close();
    }
  }
}
