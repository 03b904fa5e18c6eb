import type { Recovery, Taker } from "../driver.ts";
import { Clock, findQueue, ring } from "./queues.ts";
import type { Store } from "./store.ts";
import { forgetTaker, hasLeaseEnded } from "./takers.ts";

/** Jobs that one transaction gives back. */
const AT_ONCE = 500;

const HELD_BY_OWNER = `
  SELECT seq FROM job WHERE queue = ?1 AND state = 3 AND taker IN (
    SELECT no FROM taker WHERE queue = ?1 AND owner = ?2) ORDER BY take, rank, order_us, seq LIMIT ?3`;

const HELD_BY_WORKER = `
  SELECT seq FROM job WHERE queue = ?1 AND state = 3 AND taker = (
    SELECT no FROM taker WHERE queue = ?1 AND owner = ?2 AND worker = ?4)
  ORDER BY take, rank, order_us, seq LIMIT ?3`;

const GIVE_BACK = `
  UPDATE job SET state = 1, rank = 0, order_us = ?, interruptions = interruptions + ?, taker = NULL, take = NULL
  WHERE seq = ?`;

/** Gives back every job of a taker that is gone, in bounded steps. Returns how many. */
export async function recover(store: Store, name: string, taker: Taker, how: Recovery): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await store.write(() => recoverSome(store, name, taker, how));
    total += count;
    if (count < AT_ONCE) return total;
  }
}

/** One step. The one that finds fewer jobs than it might have given back is the last, and forgets the taker. */
function recoverSome(store: Store, name: string, taker: Taker, how: Recovery): number {
  const queue = findQueue(store, name);
  if (queue === undefined) return 0;
  if (how.onlyIfExpired === true && !hasLeaseEnded(store, queue.no, taker.owner)) return 0;
  const rows = heldRows(store, queue.no, taker);
  const clock = new Clock(queue);
  const interruptions = how.as === "interrupted" ? 1 : 0;
  for (const { seq } of rows) store.run(GIVE_BACK, clock.next(), interruptions, seq);
  if (rows.length > 0) ring(store, queue, clock);
  if (rows.length < AT_ONCE) forgetTaker(store, queue.no, taker);
  return rows.length;
}

function heldRows(store: Store, queue: number, { owner, worker }: Taker): readonly { seq: number }[] {
  return worker === undefined
    ? store.all<{ seq: number }>(HELD_BY_OWNER, queue, owner, AT_ONCE)
    : store.all<{ seq: number }>(HELD_BY_WORKER, queue, owner, AT_ONCE, worker);
}
