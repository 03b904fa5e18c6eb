import { statSync } from "node:fs";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { MpqError } from "../../errors.ts";
import { Bells } from "./bells.ts";
import { explain, isBusy } from "./failure.ts";
import { Rivals } from "./rivals.ts";

/** What a statement takes and gives. */
export type Value = string | number | null;

/** How often it is made sure that the path still leads to the open file. */
const LOOK_EVERY_MS = 1_000;

/** One open file: its statements, its transactions, and the bounds on waiting for it. */
export class Store {
  readonly path: string;
  readonly label: string;
  readonly bells: Bells;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #inode: number;
  readonly #patienceMs: number;
  /** Queues whose bells are to be rung once what the transaction writes can be seen. */
  readonly #rung = new Set<string>();
  readonly #rivals: Rivals;
  #lookedAt = performance.now();
  #isClosed = false;

  /** A lock that is held for longer than `patienceMs`, while nobody writes, is taken for one that never goes. */
  constructor(database: DatabaseSync, path: string, patienceMs: number) {
    this.path = path;
    this.label = `sqlite:${path}`;
    this.bells = new Bells(path);
    this.#rivals = new Rivals(this.bells.sign);
    this.#database = database;
    this.#patienceMs = patienceMs;
    this.#inode = statSync(path).ino;
  }

  get<Row>(sql: string, ...values: readonly Value[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  all<Row>(sql: string, ...values: readonly Value[]): readonly Row[] {
    return this.#statement(sql).all(...values) as unknown as readonly Row[];
  }

  /** Reads row after row, for as long as they are asked for. */
  each<Row>(sql: string, ...values: readonly Value[]): Iterable<Row> {
    return this.#statement(sql).iterate(...values) as Iterable<Row>;
  }

  /** Runs a statement that returns no rows. Returns how many rows it changed. */
  run(sql: string, ...values: readonly Value[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  /** Runs `work` without a transaction, as often as a lock makes necessary. */
  read<Result>(work: () => Result): Promise<Result> {
    return this.#patiently(work);
  }

  /** Runs `work` in a transaction that has the right to write from its beginning: carried out whole or not at all. */
  async write<Result>(work: () => Result): Promise<Result> {
    await this.#rivals.turn();
    return await this.#patiently(() => {
      this.#rung.clear();
      const begun = performance.now();
      const result = this.#transact(work);
      this.#rivals.wrote(begun, performance.now(), this.version());
      for (const queue of this.#rung) this.bells.ring(queue);
      return result;
    });
  }

  /** Rings a queue's bell after the present transaction. */
  ringAfterwards(queue: string): void {
    this.#rung.add(queue);
  }

  /** A number that changes whenever another process has written; 0 when it cannot be read, which the next try explains. */
  version(): number {
    try {
      return this.get<{ data_version: number }>("PRAGMA data_version")?.data_version ?? 0;
    } catch {
      return 0;
    }
  }

  /** Moves what stands in the write-ahead log to the file, as far as nobody needs it there, and holds up no other process. */
  checkpoint(): void {
    try {
      this.get("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // Nothing is lost, it stays in the log. What is wrong with the file or the disk is told by who writes next.
    }
  }

  /** Throws `STORE_CLOSED` after {@link close}. */
  assertOpen(): void {
    if (this.#isClosed) throw new MpqError("STORE_CLOSED", `${this.label} was closed; open it again to go on`);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#statements.clear();
    this.#database.close();
  }

  async #patiently<Result>(work: () => Result): Promise<Result> {
    const since = performance.now();
    let seen: { readonly version: number; readonly at: number } | undefined;
    for (;;) {
      this.assertOpen();
      this.#assertInPlace();
      try {
        return work();
      } catch (error) {
        if (!isBusy(error)) throw explain(this.label, error);
        const now = performance.now();
        const version = this.version();
        // A lock that goes from one process to another is held by none: among very many, a turn takes its time.
        if (seen?.version !== version) seen = { version, at: now };
        else if (now - seen.at > this.#patienceMs) throw this.#lockedFor(error);
        await this.#rivals.refused(now - since);
      }
    }
  }

  #transact<Result>(work: () => Result): Result {
    this.run("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.run("COMMIT");
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  /** A file that was deleted or replaced stays open, and what is written to it is lost to everybody else. */
  #assertInPlace(): void {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_EVERY_MS) return;
    if (statSync(this.path, { throwIfNoEntry: false })?.ino === this.#inode) {
      this.#lookedAt = now;
      return;
    }
    const message = `${this.label} was deleted or replaced while it was open; start again all that use it`;
    throw new MpqError("STORE_REFUSED", message);
  }

  #lockedFor(cause: unknown): MpqError {
    const seconds = this.#patienceMs / 1000;
    const message = `${this.label} was locked by another process for ${seconds} s; look for a program that holds it open`;
    return new MpqError("STORE_UNREACHABLE", message, { cause });
  }

  /** Some failures end the transaction by themselves; then there is none to roll back, which is as well. */
  #rollBack(): { readonly alreadyEnded?: unknown } {
    try {
      this.run("ROLLBACK");
      return {};
    } catch (alreadyEnded) {
      return { alreadyEnded };
    }
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
