import type { Clock } from "../clock.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import type { Fleet } from "./fleet.ts";
import type { Intake } from "./intake.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** While a worker is busy, its board is looked at so often; exactly at a deadline that is nearer. */
const WATCH_MS = 25;

/** Looks at the boards of busy workers: for runs whose time is over, and for jobs that wait behind a slow one. */
export class Watch {
  readonly #fleet: Fleet;
  readonly #intake: Intake;
  readonly #clock: Clock;
  readonly #deadlines: DeadlineWatch;
  #isLooking = false;

  constructor(fleet: Fleet, intake: Intake, clock: Clock) {
    this.#fleet = fleet;
    this.#intake = intake;
    this.#clock = clock;
    this.#deadlines = new DeadlineWatch(clock);
  }

  /** Looks from now on, until no worker is busy. */
  soon(): void {
    if (!this.#isLooking) this.#lookIn(WATCH_MS);
  }

  forget(worker: WorkerHandle): void {
    this.#deadlines.forget(worker);
  }

  #look(): void {
    this.#isLooking = false;
    const busy = [...this.#fleet.workers].filter((worker) => this.#intake.isBusy(worker));
    if (busy.length === 0) return;
    const next = Math.min(...busy.map((worker) => this.#deadlines.check(worker)));
    this.#intake.balance();
    this.#lookIn(Math.max(1, Math.min(WATCH_MS, Math.ceil(next - this.#clock.now()))));
  }

  #lookIn(ms: number): void {
    this.#isLooking = true;
    this.#clock.after(ms, () => this.#look());
  }
}
