import type { NewJob, PushBatch, PushReply } from "../driver.ts";
import type { Priority } from "../../job/state.ts";
import { Clock, ensureQueue } from "./queues.ts";
import type { Store } from "./store.ts";

/** A pusher that was silent for so long will not repeat its last batch: it is forgotten. */
const FORGET_AFTER_MS = 24 * 3_600_000;
/** So many are forgotten in one go. */
const FORGET_AT_ONCE = 200;

const RANKS: Readonly<Record<Priority, number>> = { high: 1, normal: 2, low: 3 };

const INSERT_JOB = `
  INSERT INTO job (queue, state, priority, rank, order_us, id, envelope) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (queue, id) DO NOTHING`;

/** Changes nothing when the batch, or a later one, was carried out before. */
const NOTE_BATCH = `
  INSERT INTO pusher (queue, name, batch, seen_ms) VALUES (?, ?, ?, ?)
  ON CONFLICT (queue, name) DO UPDATE SET batch = excluded.batch, seen_ms = excluded.seen_ms
  WHERE excluded.batch > batch`;

const COUNT_PUSHED = "UPDATE queue SET pushed = pushed + ?, clock_us = ?, bell = bell + 1 WHERE no = ?";

/** The first batch of a pusher that this connection sees is the time to forget others. */
export interface FirstOrLaterBatch extends PushBatch {
  readonly isFirst: boolean;
}

/** Makes the jobs of a batch, unless it was carried out before. */
export function push(store: Store, name: string, jobs: readonly NewJob[], batch: FirstOrLaterBatch): PushReply {
  const queue = ensureQueue(store, name);
  if (batch.isFirst) forgetPushers(store, queue.no);
  if (store.run(NOTE_BATCH, queue.no, batch.pusher, batch.number, Date.now()) === 0) return { duplicates: [] };
  const clock = new Clock(queue);
  const duplicates = jobs.filter((job) => !insert(store, queue.no, job, clock)).map((job) => job.id);
  const made = jobs.length - duplicates.length;
  if (made > 0) {
    store.run(COUNT_PUSHED, made, clock.lastUs, queue.no);
    store.ringAfterwards(name);
  }
  return { duplicates };
}

/** Makes one job. Returns false when the queue holds its id already. */
function insert(store: Store, queue: number, job: NewJob, clock: Clock): boolean {
  const rank = RANKS[job.priority];
  const isDelayed = job.delayMs > 0;
  const order = isDelayed ? clock.dueUs(job.delayMs) : clock.next();
  return store.run(INSERT_JOB, queue, isDelayed ? 2 : 1, rank, rank, order, job.id, job.envelope) > 0;
}

/** Forgets some pushers that will not come back. */
function forgetPushers(store: Store, queue: number): void {
  store.run(
    `DELETE FROM pusher WHERE queue = ?1 AND name IN (SELECT name FROM pusher WHERE queue = ?1 AND seen_ms < ?2 LIMIT ?3)`,
    queue,
    Date.now() - FORGET_AFTER_MS,
    FORGET_AT_ONCE,
  );
}
