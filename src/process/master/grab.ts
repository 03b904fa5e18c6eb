import type { ConsumerStore, Settlement } from "../../driver/driver.ts";
import type { Clock } from "../clock.ts";
import { LEASE_MS } from "../lease.ts";
import { insist } from "../insist.ts";
import type { ChildExit } from "../role.ts";
import { emitSettled } from "../job-events.ts";
import { settleReleased } from "../settling.ts";
import { begunSlots, heldStill, runIn, settleSlot } from "../left-behind.ts";
import { causeOfDeath } from "./death.ts";
import { mostCrowded, partOf } from "./even.ts";
import type { Fleet } from "./fleet.ts";
import type { Intake } from "./intake.ts";
import { isSlow } from "../slow.ts";
import { takeBack } from "./take-back.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** By then a store has noticed that a connection of a dead process is gone. */
const LATE_MS = 1_000;

export interface GrabPlace {
  readonly clock: Clock;
  readonly store: ConsumerStore;
  readonly queue: string;
  readonly owner: string;
  readonly fleet: () => Fleet;
  readonly onFault: (error: unknown) => void;
}

/**
 * Grab mode: the workers take and settle for themselves; the master only sweeps what is due and keeps the lease. When a
 * worker dies, its board and the store together say what it held.
 */
export class GrabIntake implements Intake {
  readonly #place: GrabPlace;
  #quiet = false;

  constructor(place: GrabPlace) {
    this.#place = place;
  }

  idle(): number {
    return 0;
  }

  wanted(): number {
    return 0;
  }

  onTaken(): void {
    // The master takes nothing: it wants nothing.
  }

  onDry(): void {
    // The same.
  }

  onSettled(): void {
    // The workers settle; what the master settles for a dead one needs nothing more.
  }

  onReady(worker: WorkerHandle): void {
    if (this.#quiet) worker.send({ say: "quiet" });
  }

  /**
   * It has begun to work, or has nothing to do though it looked for more. Else the board says all. How long its jobs take is
   * counted from here, as what comes now may be of another kind.
   */
  onProgress(worker: WorkerHandle): void {
    worker.measure();
    if (!this.isBusy(worker)) this.balance();
  }

  onLeaving(): void {
    // It gives back by itself what it has not begun.
  }

  /** Settles what the dead worker's board tells, then gives back whatever else it held. */
  async onLost(worker: WorkerHandle, exit: ChildExit): Promise<void> {
    const settle: Settlement[] = [];
    for (const slot of begunSlots(worker.board)) {
      const settlement = await this.#settlementOf(worker, slot, exit);
      if (settlement !== undefined) settle.push(settlement);
    }
    await this.#settle(worker, settle);
    await this.#recover(worker);
    // A wait of its that the store had not seen end may have been given one more job.
    this.#place.clock.after(LATE_MS, () => void this.#recover(worker));
  }

  async #recover(worker: WorkerHandle): Promise<void> {
    const taker = { owner: this.#place.owner, worker: worker.name };
    await this.#insist(() => this.#place.store.recover(this.#place.queue, taker, { as: "untouched" }));
  }

  /** By its board alone: what a worker tells may be held up in its channel, by much that its user code has sent there. */
  isBusy({ board }: WorkerHandle): boolean {
    return !board.isEmpty;
  }

  /** Gives back jobs that wait while another worker is idle: all behind a slow one, or a part of what waits elsewhere. */
  balance(): "even" | "uneven" {
    const workers = [...this.#place.fleet().workers].filter((worker) => worker.state === "ready");
    const idle = workers.filter((worker) => !this.isBusy(worker)).length;
    if (idle === 0) return "even";
    const waiting = new Map(workers.map((worker) => [worker, worker.board.waiting().length]));
    const crowded = workers.filter((worker) => waiting.get(worker) !== 0);
    const slow = crowded.filter((worker) => isSlow(worker.board, this.#place.clock.now()));
    for (const worker of slow) this.#giveBack(worker);
    const most = slow.length > 0 ? undefined : mostCrowded(crowded, (worker) => waiting.get(worker) ?? 0);
    if (most !== undefined) this.#giveBack(most.worker, partOf(most.waiting, idle));
    return crowded.length > 0 ? "uneven" : "even";
  }

  #giveBack(worker: WorkerHandle, most?: number): void {
    void this.#settle(worker, takeBack(worker.board, most).map(settleReleased));
  }

  quiet(): void {
    this.#quiet = true;
    for (const worker of this.#place.fleet().workers) worker.send({ say: "quiet" });
  }

  continue(): void {
    this.#quiet = false;
    for (const worker of this.#place.fleet().workers) worker.send({ say: "continue" });
  }

  /** Settles in the worker's name: what it holds is its own, not the master's. */
  async #settle(worker: WorkerHandle, settle: readonly Settlement[]): Promise<void> {
    if (settle.length === 0) return;
    const taker = { owner: this.#place.owner, worker: worker.name };
    const exchange = { settle, take: 0, leaseMs: LEASE_MS };
    const { lost } = await this.#insist(() => this.#place.store.exchange(this.#place.queue, taker, exchange));
    emitSettled(this.#place.queue, settle, lost);
  }

  async #settlementOf({ board, doom }: WorkerHandle, slot: number, exit: ChildExit): Promise<Settlement | undefined> {
    const { clock, queue, store } = this.#place;
    const { id, token } = board.labelled(slot);
    const job = heldStill(await this.#insist(() => store.get(queue, id)), token);
    const cause = causeOfDeath(doom, exit, { slot, word: board.word(slot) });
    return job && settleSlot(board, slot, job, { ...cause, ...runIn(board, slot, clock) });
  }

  async #insist<Result>(call: () => Promise<Result>): Promise<Result> {
    return await insist(this.#place.clock, call, this.#place.onFault);
  }
}
