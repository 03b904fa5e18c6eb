import type { Clock } from "../clock.ts";
import { REPORT_MS } from "../credit.ts";
import { MOST_UNTOLD } from "../failure-notes.ts";

/** Counts what has ended in a worker and was not told yet, and says when it is enough for a message or a call. */
export class Untold {
  readonly #clock: Clock;
  #ended = 0;
  #told = 0;
  #failed = 0;
  #enough = 1;
  #tellAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** So many have ended. */
  get count(): number {
    return this.#ended - this.#told;
  }

  get isEmpty(): boolean {
    return this.count === 0 && this.#failed === 0;
  }

  /** Of all that ever ended, so many are known of without having been told. What they failed of is still to be told. */
  seen(ended: number): void {
    if (ended <= this.#told) return;
    this.#told = ended;
    this.#tellAt = this.#clock.now() + REPORT_MS;
  }

  /**
   * So many are in hand, those that are untold as well. Half of them is a good moment to tell: others come while the other
   * half runs.
   */
  expect(inHand: number): void {
    if (this.isEmpty) this.#tellAt = this.#clock.now() + REPORT_MS;
    this.#enough = Math.ceil(inHand / 2);
  }

  /** One more has ended. Tells whether it is time to tell. */
  add(how: "done" | "failed"): boolean {
    this.#ended++;
    if (how === "failed") this.#failed++;
    return this.count >= this.#enough || this.#failed >= MOST_UNTOLD || this.#clock.now() >= this.#tellAt;
  }

  /** All of it was told. */
  clear(): void {
    this.#told = this.#ended;
    this.#failed = 0;
    this.#tellAt = this.#clock.now() + REPORT_MS;
  }
}
