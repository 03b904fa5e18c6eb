import type { ConsumerStore, Settlement } from "../driver/driver.ts";
import { emit } from "../telemetry/events.ts";
import type { Boards, LeftBoard } from "./boards.ts";
import { LEASE_MS } from "./exchange-loop.ts";
import { SECOND_LANE } from "./lane.ts";
import { settleDone } from "./settling.ts";

/** Whose jobs are to be taken back, and where their boards may still be. */
export interface Estate {
  /** What the names of the dead owners begin with. */
  readonly dead: readonly string[];
  readonly boards: Boards;
}

/**
 * Gives back the jobs of owners that are known to be dead. What their workers had finished is read from the boards that
 * they left and settled first, so that it is not run again.
 */
export async function recoverDead(store: ConsumerStore, queue: string, estate: Estate): Promise<void> {
  if (estate.dead.length === 0) return;
  for (const { owner } of await store.owners(queue)) {
    if (!estate.dead.some((prefix) => owner.startsWith(prefix))) continue;
    for (const left of estate.boards.ofOwner(owner)) await settleBoard(store, queue, owner, left);
    report(queue, owner, await store.recover(queue, { owner }, { as: "interrupted" }));
  }
}

/**
 * Gives back the jobs of other owners whose lease has ended by the store's clock. Returns in how many milliseconds the
 * next lease ends; infinity when nobody else has one.
 */
export async function recoverExpired(store: ConsumerStore, queue: string, self: string): Promise<number> {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const { owner, endsInMs } of await store.owners(queue)) {
    if (owner === self) continue;
    if (endsInMs > 0) nextMs = Math.min(nextMs, endsInMs);
    else report(queue, owner, await store.recover(queue, { owner }, { as: "interrupted", onlyIfExpired: true }));
  }
  return nextMs;
}

/** Tells the store what a dead worker had finished. Who took the job, it or a lane of its master, is not on the board. */
async function settleBoard(
  store: ConsumerStore,
  queue: string,
  owner: string,
  { worker: dead, board }: LeftBoard,
): Promise<void> {
  const settle: Settlement[] = [];
  for (const slot of board.used()) {
    if (board.state(slot) !== "done") continue;
    const { id, token } = board.labelled(slot);
    const stored = await store.get(queue, id);
    if (stored !== undefined) settle.push(settleDone({ ...stored, token, interruptions: 0 }));
  }
  const exchange = { settle, take: 0, leaseMs: LEASE_MS };
  if (settle.length > 0) {
    for (const worker of [undefined, SECOND_LANE, dead]) {
      await store.exchange(queue, worker === undefined ? { owner } : { owner, worker }, exchange);
    }
  }
  board.remove();
}

function report(queue: string, owner: string, jobs: number): void {
  if (jobs > 0) emit({ event: "jobs.recovered", queue, owner, jobs });
}
