import type { DoneBounds } from "../../job/state.ts";
import type { QueueSettings } from "../driver.ts";
import { Kept } from "./kept.ts";
import type { Store } from "./store.ts";

/** How many failed jobs a queue keeps for which no service said so. */
const DEFAULT_KEEP_FAILED = 10_000;

/** What a transaction needs of its queue's row. */
export interface QueueRow {
  readonly no: number;
  readonly name: string;
  readonly paused: 0 | 1;
  readonly clock_us: number;
  readonly bell: number;
  /** DoneBounds as JSON. */
  readonly keep_done: string | null;
}

const COLUMNS = "no, name, paused, clock_us, bell, keep_done";

/** The queue's row, or undefined when nobody made it. */
export function findQueue(store: Store, name: string): QueueRow | undefined {
  return store.get<QueueRow>(`SELECT ${COLUMNS} FROM queue WHERE name = ?`, name);
}

/** The queue's row; makes the queue when there is none. */
export function ensureQueue(store: Store, name: string): QueueRow {
  const row = findQueue(store, name) ?? makeQueue(store, name);
  if (row === undefined) throw new TypeError("an insert returned no row");
  return row;
}

function makeQueue(store: Store, name: string): QueueRow | undefined {
  return store.get<QueueRow>(`INSERT INTO queue (name) VALUES (?) RETURNING ${COLUMNS}`, name);
}

/** Counts up the orders that a transaction gives to jobs, from the queue's clock, which never goes back. */
export class Clock {
  readonly nowMs: number = Date.now();
  #lastUs: number;

  constructor(queue: { readonly clock_us: number }) {
    this.#lastUs = queue.clock_us;
  }

  /** The next order: the time in microseconds, or more when that was given already. */
  next(): number {
    this.#lastUs = Math.max(this.#lastUs + 1, this.nowMs * 1000);
    return this.#lastUs;
  }

  /** When a job is due whose delay begins now. */
  dueUs(delayMs: number): number {
    return (this.nowMs + Math.ceil(delayMs)) * 1000;
  }

  get lastUs(): number {
    return this.#lastUs;
  }
}

/** Keeps the orders that were given, and rings: a taker may find something new. */
export function ring(store: Store, queue: QueueRow, clock: Clock): void {
  store.run("UPDATE queue SET clock_us = ?, bell = bell + 1 WHERE no = ?", clock.lastUs, queue.no);
  store.ringAfterwards(queue.name);
}

/** Done jobs that one transaction drops when a queue keeps fewer of them. */
const DROP_AT_ONCE = 500;
const KEEP_NONE: DoneBounds = { count: 0 };

/** Keeps what a service says of its queue. The mode needs no more than this: ready jobs are kept alike in both. */
export async function register(store: Store, name: string, settings: QueueSettings): Promise<void> {
  while ((await store.write(() => registerOnce(store, name, settings))) > 0);
}

/** Returns how many jobs it dropped that are kept no longer. */
function registerOnce(store: Store, name: string, settings: QueueSettings): number {
  const { no } = ensureQueue(store, name);
  const { keepDone } = settings;
  const bounds = keepDone === undefined ? null : JSON.stringify(keepDone);
  store.run("UPDATE queue SET settings = ?, keep_done = ? WHERE no = ?", JSON.stringify(settings), bounds, no);
  const kept = new Kept(store, no, keepDone ?? KEEP_NONE);
  const dropped = kept.trim(Date.now(), DROP_AT_ONCE);
  kept.save();
  return dropped;
}

export function readSettings(store: Store, name: string): QueueSettings | undefined {
  const row = store.get<{ settings: string | null }>("SELECT settings FROM queue WHERE name = ?", name);
  return typeof row?.settings === "string" ? (JSON.parse(row.settings) as QueueSettings) : undefined;
}

/** Drops the oldest failed jobs beyond the number that the queue keeps. */
export function dropOldFailed(store: Store, queue: number): void {
  const keep = store.get<{ keep: number }>(
    "SELECT coalesce(settings ->> 'keepFailed', ?) AS keep FROM queue WHERE no = ?",
    DEFAULT_KEEP_FAILED,
    queue,
  );
  store.run(
    `DELETE FROM job WHERE seq IN (
       SELECT seq FROM job WHERE queue = ? AND state >= 4 AND state = 4 ORDER BY order_us DESC, seq DESC LIMIT -1 OFFSET ?)`,
    queue,
    keep?.keep ?? DEFAULT_KEEP_FAILED,
  );
}
