import { hostNow } from "../clock.ts";
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
  readonly #deadlines = new DeadlineWatch();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(fleet: Fleet, intake: Intake) {
    this.#fleet = fleet;
    this.#intake = intake;
  }

  /** Looks from now on, until no worker is busy. */
  soon(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#look(), WATCH_MS);
  }

  forget(worker: WorkerHandle): void {
    this.#deadlines.forget(worker);
  }

  #look(): void {
    this.#timer = undefined;
    const busy = [...this.#fleet.workers].filter((worker) => this.#intake.isBusy(worker));
    if (busy.length === 0) return;
    const next = Math.min(...busy.map((worker) => this.#deadlines.check(worker)));
    this.#intake.balance();
    const delayMs = Math.max(1, Math.min(WATCH_MS, Math.ceil(next - hostNow())));
    this.#timer = setTimeout(() => this.#look(), delayMs);
  }
}
