import type { Held, Settlement, TakenJob } from "../../driver/driver.ts";
import type { JobId } from "../../job/id.ts";
import type { Clock } from "../clock.ts";
import { type CreditRule, REPORT_MS } from "../credit.ts";
import type { ExchangeLoop } from "../exchange-loop.ts";
import { FailingJobs } from "../failing-jobs.ts";
import type { Failure } from "../protocol.ts";
import type { ChildExit } from "../role.ts";
import { runIn, settleSlot } from "../left-behind.ts";
import { received, settleDone, settleFailed, settleIfDoomed, settleReleased } from "../settling.ts";
import { causeOfDeath } from "./death.ts";
import { mostCrowded, partOf } from "./even.ts";
import type { Fleet } from "./fleet.ts";
import { takeHeldUp } from "./held-up.ts";
import type { Intake } from "./intake.ts";
import { share } from "./share.ts";
import type { InHand, WorkerHandle } from "./worker-handle.ts";

/** What a worker ended is read along with what another tells when it was not read for so long. */
const STALE_MS = REPORT_MS / 2;

/** A job whose end is on its way to the store. */
interface Settling {
  readonly token: string;
  readonly worker: WorkerHandle;
  readonly slot: number;
}

/** Distribute mode: the master takes jobs for all its workers, hands them out, and settles them. */
export class DistributeIntake implements Intake {
  readonly #rule: () => CreditRule;
  readonly #clock: Clock;
  readonly #loop: () => ExchangeLoop;
  readonly #fleet: () => Fleet;
  /** Jobs that are taken and in nobody's hands. */
  #backlog: TakenJob[] = [];
  readonly #failing = new FailingJobs();
  /** Where the board says how a job ended, until the store has confirmed that it knows. */
  readonly #settling = new Map<JobId, Settling>();
  #quiet = false;

  constructor(rule: () => CreditRule, parts: { clock: Clock; loop: () => ExchangeLoop; fleet: () => Fleet }) {
    this.#rule = rule;
    this.#clock = parts.clock;
    this.#loop = parts.loop;
    this.#fleet = parts.fleet;
  }

  wanted(): number {
    if (this.#quiet) return 0;
    let room = 0;
    for (const worker of this.#fleet().workers) room += worker.room(this.#rule());
    return Math.max(0, room - this.#backlog.length - this.#failing.size);
  }

  idle(): number {
    if (this.#quiet) return 0;
    let idle = 0;
    for (const worker of this.#fleet().workers) idle += worker.idle(this.#rule());
    return Math.max(0, idle - this.#backlog.length - this.#failing.size);
  }

  onTaken(jobs: readonly TakenJob[]): void {
    for (const taken of jobs) {
      const job = received(taken);
      const doomed = settleIfDoomed(job);
      if (doomed === undefined) this.#backlog.push(job);
      else this.#settleAtOnce(job, doomed);
    }
    this.#handOut();
  }

  onDry(): void {
    this.#even();
  }

  onSettled(settled: readonly Settlement[], lost: readonly JobId[]): void {
    for (const held of settled) this.#release(held);
    for (const job of this.#failing.confirmed(settled, lost)) this.#backlog.unshift(job);
    if (this.#backlog.length > 0) this.#handOut();
  }

  onReady(): void {
    this.#handOut();
    this.#loop().poke();
  }

  onProgress(worker: WorkerHandle, failures: readonly Failure[]): void {
    for (const failure of failures) this.#onFailure(worker, failure);
    this.#readEnds(worker);
    // What others have ended goes with the same call, instead of one for each.
    const before = this.#clock.now() - STALE_MS;
    for (const other of this.#fleet().workers) if (other.readAt < before) this.#readEnds(other);
    this.#handOut();
    this.#loop().poke();
  }

  onLeaving(worker: WorkerHandle): void {
    this.#backlog.unshift(...worker.takeBack());
    this.#handOut();
  }

  onLost(worker: WorkerHandle, exit: ChildExit): void {
    // From the last one, so that those which were not begun stand in their order.
    for (const one of [...worker.inHand.values()].reverse()) this.#onLostJob(worker, one, exit);
    worker.inHand.clear();
    this.#handOut();
    this.#loop().poke();
  }

  isBusy(worker: WorkerHandle): boolean {
    return worker.inHand.size > 0;
  }

  /** Moves jobs to workers that can have them, and settles what a worker that is stuck has ended. */
  balance(): "even" | "uneven" {
    const evenness = this.#even();
    const stuck = [...this.#fleet().workers].filter((worker) => worker.isStuck);
    for (const worker of stuck) this.#readEnds(worker);
    if (stuck.length > 0) this.#loop().poke();
    return evenness;
  }

  quiet(): void {
    this.#quiet = true;
    for (const worker of this.#fleet().workers) this.onLeaving(worker);
    this.#handOut();
  }

  continue(): void {
    this.#quiet = false;
    this.#loop().poke();
  }

  /** Gives others what is held up; and idle ones a part of what waits in the worker that has most, if there is nothing else. */
  #even(): "even" | "uneven" {
    const rule = this.#rule();
    const workers = [...this.#fleet().workers];
    this.#backlog = [...takeHeldUp(workers, rule, this.#clock.now()), ...this.#backlog];
    this.#handOut();
    const idle = workers.filter((worker) => worker.idle(rule) > 0);
    if (idle.length === 0) return "even";
    const most = mostCrowded(workers, (worker) => worker.inHand.size - rule.concurrency);
    if (most === undefined) return "even";
    this.#backlog.push(...most.worker.takeBack(partOf(most.waiting, idle.length)));
    this.#handOut(idle);
    return "uneven";
  }

  /** Shares what is in nobody's hands among the workers; gives it back when nothing new is to be begun. */
  #handOut(workers: readonly WorkerHandle[] = [...this.#fleet().workers]): void {
    if (this.#backlog.length === 0) return;
    if (this.#quiet) return this.#releaseBacklog();
    const rooms = workers.map((worker) => {
      return { room: worker.room(this.#rule()), held: worker.inHand.size, worthwhile: worker.worthwhile };
    });
    const counts = share(this.#backlog.length, rooms);
    for (const [index, worker] of workers.entries()) {
      const count = counts[index] ?? 0;
      if (count > 0) worker.hand(this.#backlog.splice(0, count));
    }
  }

  /** What the worker has ended stands on its board, also when it does not come to tell of it. */
  #readEnds(worker: WorkerHandle): void {
    worker.readAt = this.#clock.now();
    const ended = worker.measure();
    for (const one of worker.inHand.values()) {
      const { slot, word } = one;
      const state = worker.board.state(slot);
      if (state === "done") this.#onDone(worker, one);
      const noted = state === "failed" ? worker.board.failureIn(slot) : undefined;
      if (noted !== undefined) this.#onFailure(worker, { slot, word, ...noted });
    }
    worker.noteKnown(ended);
  }

  #onDone(worker: WorkerHandle, one: InHand): void {
    this.#putDown(worker, one);
    this.#settle(one.job, settleDone(one.job));
  }

  #putDown(worker: WorkerHandle, one: InHand): void {
    worker.putDown(one);
    this.#noteEnd(worker, one);
  }

  /** The slot says how the job ended until the store knows. */
  #noteEnd(worker: WorkerHandle, { slot, job: { id, token } }: InHand): void {
    // An earlier run of it that was lost meanwhile changes nothing any more.
    const lost = this.#settling.get(id);
    lost?.worker.release(lost.slot);
    this.#settling.set(id, { token, worker, slot });
  }

  #release({ id, token }: Held): void {
    const settled = this.#settling.get(id);
    if (settled?.token !== token) return;
    this.#settling.delete(id);
    settled.worker.release(settled.slot);
  }

  #onFailure(worker: WorkerHandle, failure: Failure): void {
    const one = worker.inHand.get(failure.slot);
    if (one?.word !== failure.word) return;
    const { outcome, error, final } = failure;
    const run = runIn(worker.board, one.slot, this.#clock);
    this.#settle(one.job, settleFailed(one.job, { outcome, error, final, ...run }));
    this.#putDown(worker, one);
  }

  #onLostJob(worker: WorkerHandle, one: InHand, exit: ChildExit): void {
    const { board, doom } = worker;
    const { slot, job } = one;
    const end = { ...causeOfDeath(doom, exit, one), ...runIn(board, slot, this.#clock) };
    const settlement = settleSlot(board, slot, job, end);
    if (settlement === undefined) {
      this.#backlog.unshift(job);
    } else {
      this.#noteEnd(worker, one);
      this.#settle(job, settlement);
    }
  }

  #settle(job: TakenJob, settlement: Settlement): void {
    this.#failing.note(job, settlement);
    this.#loop().settle(settlement);
  }

  #settleAtOnce(job: TakenJob, settlement: Settlement): void {
    this.#settle(job, settlement);
    this.#loop().poke();
  }

  #releaseBacklog(): void {
    for (const job of this.#backlog.splice(0)) {
      this.#loop().settle(settleReleased(job));
    }
    this.#loop().poke();
  }
}
