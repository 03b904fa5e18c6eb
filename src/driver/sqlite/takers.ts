import type { Lease, Taker } from "../driver.ts";
import type { Store } from "./store.ts";

/** Stands for the owner itself among its workers. */
const OWNER_ITSELF = "";

const FIND_TAKER = "SELECT no FROM taker WHERE queue = ? AND owner = ? AND worker = ?";
const MAKE_TAKER = "INSERT INTO taker (queue, owner, worker) VALUES (?, ?, ?) RETURNING no";

/** The taker's number; makes the taker when there is none. */
export function ensureTaker(store: Store, queue: number, taker: Taker): number {
  const names = [queue, taker.owner, taker.worker ?? OWNER_ITSELF] as const;
  const row = store.get<{ no: number }>(FIND_TAKER, ...names) ?? store.get<{ no: number }>(MAKE_TAKER, ...names);
  if (row === undefined) throw new TypeError("an insert returned no row");
  return row.no;
}

const RENEW_LEASE = `
  INSERT INTO lease (queue, owner, ends_ms) VALUES (?, ?, ?)
  ON CONFLICT (queue, owner) DO UPDATE SET ends_ms = excluded.ends_ms`;

export function renewLease(store: Store, queue: number, owner: string, endsMs: number): void {
  store.run(RENEW_LEASE, queue, owner, endsMs);
}

/** Tells whether the owner had a lease and it has ended. */
export function hasLeaseEnded(store: Store, queue: number, owner: string): boolean {
  const sql = "SELECT ends_ms FROM lease WHERE queue = ? AND owner = ?";
  const lease = store.get<{ ends_ms: number }>(sql, queue, owner);
  return lease !== undefined && lease.ends_ms < Date.now();
}

/** Forgets a taker that has no jobs any more: one worker, or the owner with all of its workers and its lease. */
export function forgetTaker(store: Store, queue: number, { owner, worker }: Taker): void {
  if (worker !== undefined) {
    store.run("DELETE FROM taker WHERE queue = ? AND owner = ? AND worker = ?", queue, owner, worker);
    return;
  }
  store.run("DELETE FROM taker WHERE queue = ? AND owner = ?", queue, owner);
  store.run("DELETE FROM lease WHERE queue = ? AND owner = ?", queue, owner);
}

export function owners(store: Store, name: string): readonly Lease[] {
  return store.all<Lease>(
    `SELECT owner, ends_ms - ? AS endsInMs FROM lease JOIN queue ON queue.no = lease.queue
     WHERE queue.name = ? ORDER BY owner`,
    Date.now(),
    name,
  );
}
