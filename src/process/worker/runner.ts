import type { Board } from "../board.ts";
import { sameRun } from "../slot-word.ts";
import type { JobId } from "../../job/id.ts";
import type { Clock } from "../clock.ts";
import type { HandedJob } from "../handed-jobs.ts";
import type { AbortReason } from "../protocol.ts";
import { isLong } from "../slow.ts";
import type { Attempted, AttemptRunner, Run } from "./attempt.ts";

export interface RunnerHooks {
  /** A run is over, and the board says so already. */
  onEnded(job: HandedJob, attempted: Attempted): void;
  /** The master has taken the job back before it was begun. */
  onTakenBack(job: HandedJob): void;
  /** Nothing waits, so one run less goes on than may. */
  onRest(): void;
}

export interface RunnerParts {
  readonly clock: Clock;
  readonly queue: { readonly concurrency: number };
  readonly attempt: AttemptRunner;
  readonly marks: Marks;
}

/** Hears when a job begins and ends, before anything else is begun. */
export interface Marks {
  began(job: JobId, now: number): void;
  /**
   * To be called before the board says that the run is over, with what there is to run at its end. Gives what to wait for
   * until then, where there is such.
   */
  ended(job: JobId, startedAt: number, now: number, next: "more" | "nothing"): Promise<unknown> | undefined;
}

/**
 * Jobs that wait for nothing follow each other without a turn of the event loop. So one is made after so long: what the master or
 * the store has sent comes in, and what jobs have begun and left behind goes on.
 */
const TURN_MS = 25;

/** Runs the jobs that it is handed, in order, at most so many at once, and writes each step on the board. */
export class Runner {
  readonly #board: Board;
  readonly #clock: Clock;
  readonly #concurrency: number;
  readonly #attempt: AttemptRunner;
  readonly #marks: Marks;
  readonly #hooks: RunnerHooks;
  #waiting: HandedJob[] = [];
  #next = 0;
  #lanes = 0;
  #turnedAt = 0;
  readonly #running = new Map<number, { readonly word: number; readonly run: Run; readonly startedAt: number }>();

  constructor(board: Board, parts: RunnerParts, hooks: RunnerHooks) {
    this.#board = board;
    this.#clock = parts.clock;
    this.#concurrency = parts.queue.concurrency;
    this.#attempt = parts.attempt;
    this.#marks = parts.marks;
    this.#hooks = hooks;
  }

  hand(jobs: readonly HandedJob[]): void {
    this.#turnedAt = this.#clock.now();
    this.#waiting = this.#next === this.#waiting.length ? [...jobs] : [...this.#waiting.slice(this.#next), ...jobs];
    this.#next = 0;
    while (this.#lanes < this.#concurrency && this.#next < this.#waiting.length) void this.#lane();
  }

  /** Jobs that were handed and not begun. */
  get waiting(): number {
    return this.#waiting.length - this.#next;
  }

  get idle(): boolean {
    return this.#lanes === 0;
  }

  /** Whether nothing can be begun, since as many go on as may, and all for long. */
  isHeldUp(now: number): boolean {
    if (this.#lanes < this.#concurrency) return false;
    for (const run of this.#running.values()) if (!isLong(run, now)) return false;
    return this.#running.size >= this.#concurrency;
  }

  /** Takes back what is not begun. */
  takeBack(): readonly HandedJob[] {
    const back = this.#waiting.slice(this.#next);
    this.#next = this.#waiting.length;
    return back;
  }

  /** Aborts the signal of a run, if it still is the one that the word names. */
  abort(slot: number, word: number, reason: AbortReason): void {
    const running = this.#running.get(slot);
    if (running !== undefined && sameRun(running.word, word)) running.run.abort(reason);
  }

  /** Runs one job after another until none waits; as many lanes run as jobs may run at once. */
  async #lane(): Promise<void> {
    this.#lanes++;
    for (let job = this.#shift(); job !== undefined; job = this.#shift()) {
      const endedAt = await this.#runOne(job);
      if (endedAt - this.#turnedAt >= TURN_MS) await this.#turn();
    }
    this.#lanes--;
    this.#hooks.onRest();
  }

  async #turn(): Promise<void> {
    await new Promise<void>((resolve) => this.#clock.turned(resolve));
    this.#turnedAt = this.#clock.now();
  }

  #shift(): HandedJob | undefined {
    return this.#next < this.#waiting.length ? this.#waiting[this.#next++] : undefined;
  }

  /** Gives when it was over. */
  async #runOne(job: HandedJob): Promise<number> {
    const run = this.#attempt.prepare(job);
    const startedAt = this.#clock.now();
    const deadline = run.timeoutMs > 0 ? startedAt + run.timeoutMs : 0;
    if (!this.#board.begin(job.slot, job.word, startedAt, deadline)) {
      this.#hooks.onTakenBack(job);
      return startedAt;
    }
    this.#running.set(job.slot, { word: job.word, run, startedAt });
    this.#marks.began(job.id, startedAt);
    const attempted = await run.execute();
    const now = this.#clock.now();
    const marked = this.#marks.ended(job.id, startedAt, now, this.#lanes > 1 || this.waiting > 0 ? "more" : "nothing");
    if (marked !== undefined) await marked;
    if (attempted.how === "failed") this.#board.noteFailure(job.slot, job.word, attempted);
    const endedAt = marked === undefined ? now : this.#clock.now();
    this.#board.end(job.slot, job.word, attempted.how, endedAt);
    this.#running.delete(job.slot);
    this.#hooks.onEnded(job, attempted);
    return endedAt;
  }
}
