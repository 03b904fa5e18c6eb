import { type Exchange, type ExchangeReply, CALL_MAX, type TakenJob, type Taker } from "../driver.ts";
import type { JobId } from "../../job/id.ts";
import { readRecord } from "../../job/record.ts";
import { Kept } from "./kept.ts";
import { Clock, findQueue } from "./queues.ts";
import { formatToken, settleAll } from "./settle.ts";
import type { Store } from "./store.ts";
import { ensureTaker, renewLease } from "./takers.ts";

/** So many due jobs are made ready in one exchange, so that none takes long. */
const DUE_AT_ONCE = 1_000;

/** So many done jobs that are kept no longer are dropped in one exchange, and as many as were added. */
const DROP_AT_ONCE = 500;

/** The reply, and how the queue was left. */
export interface Exchanged {
  readonly reply: ExchangeReply;
  readonly bell: number;
  readonly firstDueUs: number;
}

const COUNT_EXCHANGE = `
  UPDATE queue SET done = done + ?, clock_us = ?, takes = takes + ?, bell = bell + ? WHERE no = ?
  RETURNING takes, bell`;

/** Settles, renews the lease, makes ready what is due, and takes: one transaction. */
export function exchange(store: Store, name: string, taker: Taker, wanted: Exchange): Exchanged {
  const queue = findQueue(store, name);
  if (queue === undefined) return { reply: nothing(wanted), bell: 0, firstDueUs: NEVER };
  const clock = new Clock(queue);
  const takerNo = ensureTaker(store, queue.no, taker);
  renewLease(store, queue.no, taker.owner, clock.nowMs + wanted.leaseMs);
  const kept = Kept.of(store, queue);
  const settled = settleAll({ store, queue: queue.no, taker: takerNo, clock, kept }, wanted.settle);
  kept?.trim(clock.nowMs, DROP_AT_ONCE + settled.done);
  kept?.save();
  const dueUs = makeDueReady(store, queue.no, clock.nowMs);
  const { rows, cut } = readyRows(store, queue.no, queue.paused === 1 ? 0 : wanted.take);
  if (settled.rings || isLookOnly(wanted)) store.ringAfterwards(name);
  const changes = [settled.done, clock.lastUs, rows.length > 0 ? 1 : 0, settled.rings ? 1 : 0] as const;
  const counted = store.get<{ takes: number; bell: number }>(COUNT_EXCHANGE, ...changes, queue.no);
  if (counted === undefined) throw new TypeError("an update returned no row");
  const taken = take(store, rows, { taker: takerNo, take: counted.takes });
  const nextDueMs = dueUs === NEVER ? undefined : Math.max(0, dueUs / 1000 - clock.nowMs);
  const reply = { taken, cut, lost: settled.lost, nextDueMs, paused: queue.paused === 1 };
  return { reply, bell: counted.bell, firstDueUs: dueUs };
}

/**
 * Who takes nothing looks after those who do: a job waits unseen when its pusher died before it touched the bell. Nobody is
 * woken by the touch who knows of all jobs.
 */
function isLookOnly({ settle, take }: Exchange): boolean {
  return settle.length === 0 && take === 0;
}

/** What an exchange with a queue that nobody made comes to. */
function nothing(wanted: Exchange): ExchangeReply {
  return { taken: [], cut: false, lost: wanted.settle.map(({ id }) => id), nextDueMs: undefined, paused: false };
}

const NEVER = Number.POSITIVE_INFINITY;
const NEXT_DUE = "SELECT order_us FROM job WHERE queue = ? AND state = 2 ORDER BY order_us LIMIT 1";
/** Their order stays the time at which they were due, so they stand among the others as if moved at that time. */
const MAKE_READY = `
  UPDATE job SET state = 1, rank = priority WHERE seq IN (
    SELECT seq FROM job WHERE queue = ? AND state = 2 AND order_us <= ? ORDER BY order_us LIMIT ?)`;

/** Makes delayed jobs ready whose time has come. Returns when the next one is due. */
function makeDueReady(store: Store, queue: number, nowMs: number): number {
  const first = firstDueUs(store, queue);
  if (first > nowMs * 1000) return first;
  store.run(MAKE_READY, queue, nowMs * 1000, DUE_AT_ONCE);
  return firstDueUs(store, queue);
}

/** When the first delayed job is due. */
export function firstDueUs(store: Store, queue: number): number {
  return store.get<{ order_us: number }>(NEXT_DUE, queue)?.order_us ?? NEVER;
}

interface ReadyRow {
  readonly seq: number;
  readonly id: JobId;
  readonly envelope: string;
  readonly record: string | null;
  readonly interruptions: number;
}

const READY = `
  SELECT seq, id, envelope, record, interruptions FROM job WHERE queue = ? AND state = 1
  ORDER BY rank, order_us, seq LIMIT ?`;

/** The first of those that are ready: up to `count`, and until they are as large as one exchange may be. */
function readyRows(store: Store, queue: number, count: number): { rows: readonly ReadyRow[]; cut: boolean } {
  const rows: ReadyRow[] = [];
  if (count === 0) return { rows, cut: false };
  let size = 0;
  for (const row of store.each<ReadyRow>(READY, queue, count)) {
    size += row.envelope.length;
    if (size > CALL_MAX && rows.length > 0) return { rows, cut: true };
    rows.push(row);
  }
  return { rows, cut: false };
}

/** The order stays as it is: with the number of the take it tells a recovery in which order jobs were taken. */
const TAKE = "UPDATE job SET state = 3, taker = ?, take = ? WHERE seq IN (SELECT value FROM json_each(?))";

function take(store: Store, rows: readonly ReadyRow[], by: { taker: number; take: number }): readonly TakenJob[] {
  if (rows.length > 0) store.run(TAKE, by.taker, by.take, JSON.stringify(rows.map(({ seq }) => seq)));
  return rows.map(({ seq, id, envelope, record, interruptions }) => {
    const job = { id, token: formatToken({ seq, take: by.take }), envelope, interruptions };
    return record === null ? job : { ...job, record: readRecord(record) };
  });
}
