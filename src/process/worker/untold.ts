import type { Clock } from "../clock.ts";
import { REPORT_MS } from "../credit.ts";
import { MOST_UNTOLD } from "../failure-notes.ts";

/** Counts what has ended in a worker and was not told yet, and says when it is enough for a message or a call. */
export class Untold {
  readonly #clock: Clock;
  #ended = 0;
  #failed = 0;
  #enough = 1;
  #tellAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    return this.#ended === 0;
  }

  /** More jobs came, and so many wait now. Half of them is a good moment to tell: others come while the other half runs. */
  expect(waiting: number): void {
    if (this.isEmpty) this.#tellAt = this.#clock.now() + REPORT_MS;
    this.#enough = Math.ceil(waiting / 2);
  }

  /** One more has ended. Tells whether it is time to tell. */
  add(how: "done" | "failed"): boolean {
    this.#ended++;
    if (how === "failed") this.#failed++;
    return this.#ended >= this.#enough || this.#failed >= MOST_UNTOLD || this.#clock.now() >= this.#tellAt;
  }

  /** All of it was told. */
  clear(): void {
    this.#ended = 0;
    this.#failed = 0;
    this.#tellAt = this.#clock.now() + REPORT_MS;
  }
}
