import type { Clock } from "../clock.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import type { Fleet } from "./fleet.ts";
import type { Intake } from "./intake.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** While a worker is busy, its board is looked at so often; exactly at a deadline that is nearer. */
const WATCH_MS = 25;
/** So often when work has just come, and around the times when jobs wait in some workers while others are idle. */
const UNEVEN_MS = 5;

/** Looks at the boards of busy workers: for runs whose time is over, and for jobs that wait behind a slow one. */
export class Watch {
  readonly #fleet: Fleet;
  readonly #intake: Intake;
  readonly #clock: Clock;
  readonly #deadlines: DeadlineWatch;
  #isLooking = false;
  /** What is moved from one worker to another is in nobody's hands for a while, and may not be enough. */
  #unevenUntil = 0;

  constructor(fleet: Fleet, intake: Intake, clock: Clock) {
    this.#fleet = fleet;
    this.#intake = intake;
    this.#clock = clock;
    this.#deadlines = new DeadlineWatch(clock);
  }

  /** Looks from now on, until no worker is busy. */
  soon(): void {
    if (!this.#isLooking) this.#lookIn(UNEVEN_MS);
  }

  forget(worker: WorkerHandle): void {
    this.#deadlines.forget(worker);
  }

  #look(): void {
    this.#isLooking = false;
    const busy = [...this.#fleet.workers].filter((worker) => this.#intake.isBusy(worker));
    if (busy.length === 0) return;
    const next = Math.min(...busy.map((worker) => this.#deadlines.check(worker)));
    const now = this.#clock.now();
    if (this.#intake.balance() === "uneven") this.#unevenUntil = now + WATCH_MS;
    const pauseMs = now < this.#unevenUntil ? UNEVEN_MS : WATCH_MS;
    this.#lookIn(Math.max(1, Math.min(pauseMs, Math.ceil(next - now))));
  }

  #lookIn(ms: number): void {
    this.#isLooking = true;
    this.#clock.after(ms, () => this.#look());
  }
}
