import type { ConsumerStore, Held, Settlement, TakenJob } from "../../driver/driver.ts";
import { openDriver } from "../../driver/open.ts";
import { reportOf } from "../../errors.ts";
import type { JobId } from "../../job/id.ts";
import { emit } from "../../telemetry/events.ts";
import type { Board } from "../board.ts";
import type { Clock } from "../clock.ts";
import { Pace, REPORT_MS, credit, worthwhile } from "../credit.ts";
import { ExchangeLoop } from "../exchange-loop.ts";
import { mostAtOnce } from "../lane.ts";
import { WORKER_REST_MS } from "../lease.ts";
import { FailingJobs } from "../failing-jobs.ts";
import type { HandedJob } from "../handed-jobs.ts";
import { type MasterToWorker, STRAY_EXIT_CODE } from "../protocol.ts";
import type { WorkerRole } from "../role.ts";
import { emitSettled } from "../job-events.ts";
import { runIn } from "../left-behind.ts";
import { received, settleDone, settleFailed, settleIfDoomed, settleReleased } from "../settling.ts";
import type { Attempted, FailedAttempt } from "./attempt.ts";
import { Runner } from "./runner.ts";
import { Untold } from "./untold.ts";
import type { WorkerActor, WorkerParts } from "./actor.ts";

/** A worker of a queue in grab mode: it takes jobs from the store and settles them itself. Its master only watches. */
export class GrabbingWorker implements WorkerActor {
  readonly #role: WorkerRole;
  readonly #board: Board;
  readonly #parts: WorkerParts;
  readonly #clock: Clock;
  readonly #runner: Runner;
  readonly #pace = new Pace();
  readonly #slots: number[];
  readonly #held = new Map<number, TakenJob>();
  /** Slots whose jobs are on their way to the store: they stay on the board until it has confirmed. */
  readonly #settling = new Map<JobId, number>();
  readonly #failing = new FailingJobs();
  readonly #untold: Untold;
  #loop: ExchangeLoop | undefined;
  #quiet = false;
  #leaving = false;
  /** The store had less than was wanted when it was asked last. */
  #isDry = false;
  /** Several jobs came at once, so there may be more in other workers. */
  #manyCame = false;
  /** Takes back the flush that comes by itself, while the next job goes on. */
  #later: (() => void) | undefined;

  constructor(role: WorkerRole, board: Board, parts: WorkerParts) {
    this.#role = role;
    this.#board = board;
    this.#parts = parts;
    this.#slots = board.freeSlots();
    this.#clock = parts.clock;
    this.#untold = new Untold(parts.clock);
    this.#runner = new Runner(board, parts, {
      onEnded: (job, attempted) => this.#onEnded(job, attempted),
      onTakenBack: (job) => this.#free(job.slot),
      onRest: () => this.#onRest(),
    });
  }

  async start(): Promise<void> {
    const { config } = this.#parts;
    const store: ConsumerStore = await openDriver(config.driver);
    const { owner, worker, queue } = this.#role;
    const taker = { owner, worker };
    const times = { clock: this.#clock, sweepMs: () => WORKER_REST_MS, restMs: WORKER_REST_MS };
    this.#loop = new ExchangeLoop(
      { kind: "grabber", store, queue, taker, most: mostAtOnce(config.queues.size), ...times },
      {
        wanted: () => this.#wanted(),
        idle: () => 0,
        onTaken: (jobs) => {
          this.#isDry = false;
          this.#begin(jobs);
        },
        onDry: () => this.#onDry(),
        onSettled: (settled, lost) => this.#onSettled(settled, lost),
        onStoreLost: (error) => emit({ event: "store.lost", queue, error: reportOf(error) }),
        onStoreBack: () => emit({ event: "store.back", queue }),
      },
    );
    this.#loop.start();
  }

  receive(message: MasterToWorker): void {
    // Nobody hands it jobs.
    if (typeof message === "string") return;
    switch (message.say) {
      case "abort":
        return this.#runner.abort(message.slot, message.word, message.reason);
      case "report":
        return this.#parts.channel.tell({ say: "progress", failures: [] });
      case "stop":
        this.#leaving = true;
        this.#giveBack();
        if (this.#runner.idle) this.#onRest();
        return;
      case "quiet":
        this.#quiet = true;
        return this.#giveBack();
      case "continue":
        this.#quiet = false;
        return this.#loop?.poke();
    }
  }

  stray(): void {
    this.#parts.channel.leave(STRAY_EXIT_CODE);
  }

  #wanted(): number {
    if (this.#leaving || this.#quiet) return 0;
    const rule = this.#parts.queue;
    if (this.#runner.isHeldUp(this.#clock.now()) || this.#leavesToOthers) return 0;
    // Those that have ended make room together, when it is time to settle them.
    const atWork = this.#held.size - this.#settling.size + this.#failing.size + this.#untold.count;
    return Math.max(0, Math.min(this.#slots.length, credit(rule, this.#pace) - atWork));
  }

  /** What comes when there is little goes to workers that have nothing waiting. */
  get #leavesToOthers(): boolean {
    return this.#isDry && this.#runner.waiting >= worthwhile(this.#pace.averageMs);
  }

  #begin(jobs: readonly TakenJob[]): void {
    const isHeldUp = this.#runner.isHeldUp(this.#clock.now());
    if (this.#leaving || this.#quiet || isHeldUp) return this.#release(jobs);
    const handed: HandedJob[] = [];
    for (const taken of jobs) {
      const job = received(taken);
      const doomed = settleIfDoomed(job);
      if (doomed === undefined) handed.push(this.#place(job));
      else this.#settle(job, doomed);
    }
    this.#pace.came(handed);
    if (handed.length < jobs.length) this.#loop?.poke();
    if (this.#runner.waiting + handed.length > 1) this.#manyCame = true;
    // The master watches the deadlines of what stands on the board from now on.
    if (this.#runner.idle) this.#parts.channel.tell({ say: "progress", failures: [] });
    this.#untold.expect(this.#runner.waiting + handed.length);
    this.#runner.hand(handed);
  }

  /** There is nothing to do in the store: the master gives back what waits in another worker. */
  #onDry(): void {
    this.#isDry = true;
    if (!this.#manyCame || this.#held.size > 0) return;
    this.#manyCame = false;
    this.#parts.channel.tell({ say: "progress", failures: [] });
  }

  /** Gives back jobs that were on their way when this worker was told to take nothing more, or began a run that is slow. */
  #release(jobs: readonly TakenJob[]): void {
    for (const job of jobs) this.#loop?.settle(settleReleased(job));
    this.#loop?.poke();
  }

  #place(job: TakenJob): HandedJob {
    const slot = this.#slots.pop() ?? 0;
    this.#board.label(slot, job);
    this.#held.set(slot, job);
    return { slot, word: this.#board.hand(slot), id: job.id, envelope: job.envelope, record: job.record };
  }

  #onEnded(handed: HandedJob, attempted: Attempted): void {
    const job = this.#held.get(handed.slot);
    if (job === undefined) return;
    this.#settle(
      job,
      attempted.how === "done" ? settleDone(job) : this.#settleFailed(handed, job, attempted),
      handed.slot,
    );
    if (this.#untold.add(attempted.how)) this.#flush();
    else this.#later ??= this.#clock.after(REPORT_MS, () => this.#flush());
  }

  #flush(): void {
    this.#later?.();
    this.#later = undefined;
    this.#untold.clear();
    this.#pace.update(this.#board.totals());
    this.#loop?.poke();
  }

  #settleFailed(handed: HandedJob, job: TakenJob, attempted: FailedAttempt): Settlement {
    const { outcome, error, final } = attempted;
    return settleFailed(job, { outcome, error, final, ...runIn(this.#board, handed.slot, this.#clock) });
  }

  #settle(job: TakenJob, settlement: Settlement, slot?: number): void {
    this.#failing.note(job, settlement);
    this.#loop?.settle(settlement);
    if (slot === undefined) return;
    // An earlier run of it that was lost meanwhile changes nothing any more.
    const lost = this.#settling.get(job.id);
    if (lost !== undefined) this.#free(lost);
    this.#settling.set(job.id, slot);
  }

  #onSettled(settled: readonly Settlement[], lost: readonly JobId[]): void {
    emitSettled(this.#role.queue, settled, lost);
    for (const held of settled) this.#confirmed(held);
    const ready = this.#failing.confirmed(settled, lost);
    if (ready.length > 0) this.#begin(ready);
  }

  #confirmed({ id, token }: Held): void {
    const slot = this.#settling.get(id);
    if (slot === undefined || this.#held.get(slot)?.token !== token) return;
    this.#settling.delete(id);
    this.#free(slot);
  }

  #free(slot: number): void {
    this.#board.free(slot);
    this.#held.delete(slot);
    this.#slots.push(slot);
  }

  #giveBack(): void {
    for (const handed of this.#runner.takeBack()) {
      const job = this.#held.get(handed.slot);
      if (job !== undefined) this.#settle(job, settleReleased(job), handed.slot);
    }
    this.#loop?.poke();
  }

  #onRest(): void {
    this.#flush();
    if (this.#leaving && this.#runner.idle) void this.#leave();
  }

  async #leave(): Promise<void> {
    await this.#loop?.flushed();
    await this.#loop?.stop();
    this.#parts.channel.leave();
  }
}
