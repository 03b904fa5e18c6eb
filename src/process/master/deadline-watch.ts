import type { Running } from "../board.ts";
import type { Clock } from "../clock.ts";
import type { RunInSlot } from "./death.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** After its signal is aborted, a run has so long to end by itself; then its worker is killed. */
export const GRACE_MS = 50;

/** A run as the board has it at the moment `now`. */
interface Run extends Running, RunInSlot {
  readonly now: number;
}

interface Overdue {
  readonly word: number;
  readonly killAt: number;
}

/**
 * Holds every run to its deadline: when its time is over its signal is aborted, and when it goes on all the same its
 * worker is killed. It reads the board, so a run that never yields is held to it as well.
 */
export class DeadlineWatch {
  readonly #clock: Clock;
  readonly #overdue = new Map<WorkerHandle, Map<number, Overdue>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Looks at all runs of a worker. Returns the moment of its next deadline, if a running job has one. */
  check(worker: WorkerHandle): number {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const slot of worker.board.running()) {
      const word = worker.board.word(slot);
      const { startedAt, deadline } = worker.board.run(slot);
      // The worker goes on meanwhile: times and word are those of one run only while the word stands.
      const isOneRun = worker.board.state(slot) === "running" && worker.board.word(slot) === word;
      if (deadline === 0 || !isOneRun) continue;
      const run = { slot, word, startedAt, deadline, now };
      next = Math.min(next, now < deadline ? deadline : this.#pastDeadline(worker, run));
    }
    return next;
  }

  forget(worker: WorkerHandle): void {
    this.#overdue.delete(worker);
  }

  #pastDeadline(worker: WorkerHandle, run: Run): number {
    const { slot, word } = run;
    const known = this.#overdue.get(worker)?.get(slot);
    if (known?.word !== word) return this.#abort(worker, slot, word, run.now);
    if (run.now < known.killAt) return known.killAt;
    worker.kill({ cause: "timeout", run, timeoutMs: Math.round(run.deadline - run.startedAt) });
    return Number.POSITIVE_INFINITY;
  }

  #abort(worker: WorkerHandle, slot: number, word: number, now: number): number {
    const killAt = now + GRACE_MS;
    const ofWorker = this.#overdue.get(worker) ?? new Map<number, Overdue>();
    this.#overdue.set(worker, ofWorker.set(slot, { word, killAt }));
    worker.abort(slot, word, "timeout");
    return killAt;
  }
}
