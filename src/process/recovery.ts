import type { ConsumerStore, Settlement } from "../driver/driver.ts";
import type { JobId } from "../job/id.ts";
import { emit } from "../telemetry/events.ts";
import type { Board } from "./board.ts";
import type { Boards } from "./boards.ts";
import { type Clock, hostBornMs } from "./clock.ts";
import { LEASE_MS } from "./lease.ts";
import { emitSettled } from "./job-events.ts";
import { SECOND_LANE } from "./lane.ts";
import { begunSlots, heldStill, runIn, settleSlot } from "./left-behind.ts";
import type { Cause, RunEnd } from "./settling.ts";

/** Whose jobs are to be taken back, where their boards may still be, and what their end means for what they ran. */
export interface Estate {
  /** What the names of the dead owners begin with. */
  readonly dead: readonly string[];
  readonly boards: Boards;
  readonly clock: Clock;
  readonly end: Cause;
}

/** A master died, by whatever cause. */
export const MASTER_LOST: Cause = {
  outcome: "lease-lost",
  error: { name: "LeaseLost", message: "its master died during the run" },
};

/** All masters of a service were ended, because it had to stop at once or could not start. */
export const SERVICE_KILLED: Cause = {
  outcome: "released",
  error: { name: "Released", message: "its service was killed before the run was done" },
};

/**
 * Gives back the jobs of owners that are known to be dead. What the boards that they left say of runs is settled first:
 * what was finished is not run again, and what was going on has an attempt that says why it ended.
 */
export async function recoverDead(store: ConsumerStore, queue: string, estate: Estate): Promise<void> {
  if (estate.dead.length === 0) return;
  for (const { owner } of await store.owners(queue)) {
    if (!estate.dead.some((prefix) => owner.startsWith(prefix))) continue;
    let cutShort = 0;
    for (const { worker, board } of estate.boards.ofOwner(owner)) {
      cutShort += await settleBoard({ store, queue, owner, worker, estate }, board);
    }
    // Who killed a service is known. A master may have died of a job: of one that ran, and else of any that it held.
    const as = cutShort > 0 || estate.end.outcome === "released" ? "untouched" : "interrupted";
    report(queue, owner, cutShort + (await store.recover(queue, { owner }, { as })));
  }
}

/**
 * Gives back the jobs of other owners whose lease has ended by the store's clock, if `isDead` says so, which is asked once the
 * store has answered. Tells whose leases have ended otherwise, and in how many milliseconds the next one does; infinity
 * when nobody else has one.
 */
export async function recoverExpired(
  store: ConsumerStore,
  queue: string,
  { self, isDead }: { readonly self: string; readonly isDead: (owner: string) => boolean },
): Promise<{ readonly ended: ReadonlySet<string>; readonly nextMs: number }> {
  let nextMs = Number.POSITIVE_INFINITY;
  const ended = new Set<string>();
  for (const { owner, endsInMs } of await store.owners(queue)) {
    if (owner === self) continue;
    if (endsInMs > 0) nextMs = Math.min(nextMs, endsInMs);
    else if (!isDead(owner)) ended.add(owner);
    else report(queue, owner, await store.recover(queue, { owner }, { as: "interrupted", onlyIfExpired: true }));
  }
  return { ended, nextMs };
}

interface DeadWorker {
  readonly store: ConsumerStore;
  readonly queue: string;
  readonly owner: string;
  readonly worker: string;
  readonly estate: Estate;
}

/** Tells the store what the board of a dead worker says. Returns how many runs were cut short. */
async function settleBoard(dead: DeadWorker, board: Board): Promise<number> {
  const { store, queue, estate } = dead;
  const settle: Settlement[] = [];
  const running = new Set<JobId>();
  for (const slot of begunSlots(board)) {
    const { id, token } = board.labelled(slot);
    if (board.state(slot) === "running") running.add(id);
    const job = heldStill(await store.get(queue, id), token);
    const settlement = job && settleSlot(board, slot, job, { ...estate.end, ...runLeftIn(board, slot, estate.clock) });
    if (settlement !== undefined) settle.push(settlement);
  }
  const settled = await settleFor(dead, settle);
  emitSettled(queue, settled, []);
  board.remove();
  return settled.filter(({ id }) => running.has(id)).length;
}

/** Who took a job, the worker or a lane of its master, is not on the board: each is tried. Returns what was settled. */
async function settleFor(
  { store, queue, owner, worker }: DeadWorker,
  settle: readonly Settlement[],
): Promise<readonly Settlement[]> {
  let open = settle;
  for (const taker of [{ owner }, { owner, worker: SECOND_LANE }, { owner, worker }]) {
    if (open.length === 0) break;
    const { lost } = await store.exchange(queue, taker, { settle: open, take: 0, leaseMs: LEASE_MS });
    open = open.filter(({ id }) => lost.includes(id));
  }
  return settle.filter((one) => !open.includes(one));
}

/** The clocks of one host differ by less in when they began; those of a host that was started anew differ by more. */
const SAME_HOST_MS = 60_000;

/** Nobody saw its end; and times of a clock that began anew meanwhile, with its host, say nothing. */
function runLeftIn(board: Board, slot: number, clock: Clock): Pick<RunEnd, "startedAt" | "ms" | "worker"> {
  const { startedAt, worker } = runIn(board, slot, clock);
  const isSameClock = Math.abs(board.signature().hostBornMs - hostBornMs(clock)) < SAME_HOST_MS;
  return { startedAt: isSameClock ? startedAt : undefined, ms: undefined, worker };
}

function report(queue: string, owner: string, jobs: number): void {
  if (jobs > 0) emit({ event: "jobs.recovered", queue, owner, jobs });
}
