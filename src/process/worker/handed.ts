import type { Board } from "../board.ts";
import type { Clock } from "../clock.ts";
import { REPORT_MS } from "../credit.ts";
import { MOST_UNTOLD } from "../failure-notes.ts";
import { type HandedJob, unpackJobs } from "../handed-jobs.ts";
import { type Failure, type MasterToWorker, STRAY_EXIT_CODE } from "../protocol.ts";
import type { Attempted } from "./attempt.ts";
import { Runner } from "./runner.ts";
import type { WorkerActor, WorkerParts } from "./actor.ts";
import type { Channel } from "./channel.ts";

/** A worker of a queue in distribute mode: its master hands it jobs and settles them. */
export class HandedWorker implements WorkerActor {
  readonly #clock: Clock;
  readonly #channel: Channel;
  readonly #runner: Runner;
  #failures: Failure[] = [];
  #unreported = 0;
  #reportAt = 0;
  #reportSize = 1;
  #leaving = false;

  constructor(board: Board, parts: WorkerParts) {
    this.#clock = parts.clock;
    this.#channel = parts.channel;
    this.#runner = new Runner(board, parts, {
      onEnded: (job, attempted) => this.#onEnded(job, attempted),
      onTakenBack: () => undefined,
      onRest: () => this.#onRest(),
    });
  }

  async start(): Promise<void> {}

  receive(message: MasterToWorker): void {
    if (typeof message === "string") return this.#run(unpackJobs(message));
    switch (message.say) {
      case "abort":
        return this.#runner.abort(message.slot, message.word, message.reason);
      case "stop":
        this.#leaving = true;
        if (this.#runner.idle) this.#onRest();
        return;
      case "report":
        return this.#tell();
      case "quiet":
      case "continue":
        return;
    }
  }

  stray(): void {
    this.#report();
    this.#channel.leave(STRAY_EXIT_CODE);
  }

  #run(jobs: readonly HandedJob[]): void {
    if (this.#unreported === 0) this.#reportAt = this.#clock.now() + REPORT_MS;
    // Half is a good moment for the next report: the master refills while the other half runs.
    this.#reportSize = Math.ceil((this.#runner.waiting + jobs.length) / 2);
    this.#runner.hand(jobs);
  }

  #onEnded(job: HandedJob, attempted: Attempted): void {
    if (attempted.how === "failed") {
      const { outcome, error, final } = attempted;
      this.#failures.push({ slot: job.slot, word: job.word, outcome, error, final });
    }
    this.#unreported++;
    const isMuch = this.#unreported >= this.#reportSize || this.#failures.length >= MOST_UNTOLD;
    if (isMuch || this.#clock.now() >= this.#reportAt) this.#report();
  }

  #report(): void {
    if (this.#unreported > 0) this.#tell();
  }

  #tell(): void {
    this.#channel.tell({ say: "progress", failures: this.#failures });
    this.#failures = [];
    this.#unreported = 0;
    this.#reportAt = this.#clock.now() + REPORT_MS;
  }

  #onRest(): void {
    this.#report();
    if (this.#leaving && this.#runner.idle) this.#channel.leave();
  }
}
