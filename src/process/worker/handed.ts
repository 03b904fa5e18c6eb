import type { Board } from "../board.ts";
import { type HandedJob, unpackJobs } from "../handed-jobs.ts";
import { type Failure, type MasterToWorker, STRAY_EXIT_CODE } from "../protocol.ts";
import type { Attempted } from "./attempt.ts";
import { Runner } from "./runner.ts";
import type { WorkerActor, WorkerParts } from "./actor.ts";
import type { Channel } from "./channel.ts";
import { Untold } from "./untold.ts";

/** A worker of a queue in distribute mode: its master hands it jobs and settles them. */
export class HandedWorker implements WorkerActor {
  readonly #board: Board;
  readonly #channel: Channel;
  readonly #runner: Runner;
  readonly #untold: Untold;
  #failures: Failure[] = [];
  #leaving = false;

  constructor(board: Board, parts: WorkerParts) {
    this.#board = board;
    this.#channel = parts.channel;
    this.#untold = new Untold(parts.clock);
    this.#runner = new Runner(board, parts, {
      onEnded: (job, attempted) => this.#onEnded(job, attempted),
      onTakenBack: () => undefined,
      onRest: () => this.#onRest(),
    });
  }

  async start(): Promise<void> {}

  receive(message: MasterToWorker): void {
    if (typeof message === "string") return this.#runner.hand(unpackJobs(message));
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

  #onEnded(job: HandedJob, attempted: Attempted): void {
    if (attempted.how === "failed") {
      const { outcome, error, final } = attempted;
      this.#failures.push({ slot: job.slot, word: job.word, outcome, error, final });
    }
    const { ended, inHand } = this.#board.known;
    this.#untold.seen(ended);
    this.#untold.expect(inHand);
    if (this.#untold.add(attempted.how)) this.#report();
  }

  #report(): void {
    if (!this.#untold.isEmpty) this.#tell();
  }

  #tell(): void {
    this.#channel.tell({ say: "progress", failures: this.#failures });
    this.#failures = [];
    this.#untold.clear();
  }

  #onRest(): void {
    this.#report();
    if (this.#leaving && this.#runner.idle) this.#channel.leave();
  }
}
