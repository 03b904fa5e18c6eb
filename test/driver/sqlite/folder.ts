import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewJob } from "../../../src/driver/driver.ts";
import { SqliteDriver } from "../../../src/driver/sqlite/driver.ts";
import { openStore } from "../../../src/driver/sqlite/open.ts";
import type { Store } from "../../../src/driver/sqlite/store.ts";

/** A folder of its own for one test, with what was opened in it; gone when the test ends. */
export class Folder implements AsyncDisposable {
  readonly path: string;
  readonly file: string;
  readonly #stores: Store[] = [];

  private constructor(path: string) {
    this.path = path;
    this.file = join(path, "mpq.db");
  }

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "mpq-sqlite-")));
  }

  async store(patienceMs = 10_000): Promise<Store> {
    const store = await openStore(this.file, { synchronous: "normal", patienceMs });
    this.#stores.push(store);
    return store;
  }

  async driver(patienceMs?: number): Promise<SqliteDriver> {
    return new SqliteDriver(await this.store(patienceMs));
  }

  /** Starts another process with this file; it answers each word that it is told. */
  child(role: "locker" | "pusher" | "writer"): Bun.Subprocess<"pipe", "pipe", "inherit"> {
    const command = [process.execPath, join(import.meta.dir, "child.ts"), role, this.file];
    return Bun.spawn(command, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) store.close();
    await rm(this.path, { recursive: true });
  }
}

export function newJob(id: string): NewJob {
  return { id, envelope: `{"n":"${id}"}`, delayMs: 0, priority: "normal" };
}

/** What a promise was rejected with, or undefined when it was not. */
export function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
