import { reportOf } from "../../errors.ts";
import type { Board } from "../board.ts";
import { hostNow } from "../clock.ts";
import type { Failure, HandedJobs, MasterToWorker } from "../protocol.ts";
import type { Attempted } from "./attempt.ts";
import { type HandedJob, Runner } from "./runner.ts";
import { type WorkerActor, type WorkerParts, leave, tell } from "./worker.ts";

/** Finished jobs are reported after so long at the latest, while others still wait here. */
const REPORT_MS = 4;

/** A worker of a queue in distribute mode: its master hands it jobs and settles them. */
export class HandedWorker implements WorkerActor {
  readonly #runner: Runner;
  #failures: Failure[] = [];
  #unreported = 0;
  #reportAt = 0;
  #leaving = false;

  constructor(board: Board, parts: WorkerParts) {
    this.#runner = new Runner(board, parts.queue.concurrency, parts.attempt, {
      onEnded: (job, attempted) => this.#onEnded(job, attempted),
      onTakenBack: () => undefined,
      onIdle: () => this.#onIdle(),
    });
  }

  async start(): Promise<void> {}

  receive(message: MasterToWorker): void {
    switch (message.say) {
      case "run":
        this.#reportAt = hostNow() + REPORT_MS;
        return this.#runner.hand(jobsOf(message));
      case "abort":
        return this.#runner.abort(message.slot, message.word, message.reason);
      case "stop":
        this.#leaving = true;
        if (this.#runner.idle) this.#onIdle();
        return;
      case "quiet":
      case "continue":
        return;
    }
  }

  stray(error: unknown): void {
    console.error(reportOf(error).stack ?? error);
    this.#report();
    leave(STRAY_EXIT_CODE);
  }

  #onEnded(job: HandedJob, attempted: Attempted): void {
    if (attempted.how === "failed") {
      const { outcome, error, final } = attempted;
      this.#failures.push({ slot: job.slot, word: job.word, outcome, error, final });
    }
    this.#unreported++;
    // Half is a good moment: the master refills while the other half runs.
    if (this.#unreported >= this.#runner.waiting || hostNow() >= this.#reportAt) this.#report();
  }

  #report(): void {
    if (this.#unreported === 0) return;
    tell({ say: "progress", failures: this.#failures });
    this.#failures = [];
    this.#unreported = 0;
    this.#reportAt = hostNow() + REPORT_MS;
  }

  #onIdle(): void {
    this.#report();
    if (this.#leaving) leave();
  }
}

/** The exit code of a worker whose user code threw outside of any run (sysexits: 70 internal software error). */
export const STRAY_EXIT_CODE = 70;

function jobsOf(message: HandedJobs): HandedJob[] {
  const records = new Map(message.records);
  return message.slots.map((slot, place) => ({
    slot,
    word: message.words[place] ?? 0,
    id: message.ids[place] ?? "",
    envelope: message.envelopes[place] ?? "",
    record: records.get(place),
  }));
}
