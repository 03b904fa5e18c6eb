import type { ConsumerStore } from "../../driver/driver.ts";
import type { Clock } from "../clock.ts";
import { LEASE_MS } from "../lease.ts";
import { recoverExpired } from "../recovery.ts";

/** A look this long after a lease ends finds it ended. */
const SLACK_MS = 100;
const SHORTEST_MS = 250;
/**
 * After an outage of the store the leases of all have ended. Who lives renews its own within this time, since nobody rests
 * for longer between two calls that fail.
 */
const GRACE_MS = 1_500;

export interface LostHostsPlace {
  readonly clock: Clock;
  readonly store: ConsumerStore;
  readonly queue: string;
  readonly owner: string;
  readonly onFault: (error: unknown) => void;
}

/**
 * Takes over the jobs of masters on other hosts that fell silent: looks when the nearest of their leases ends, and once
 * more before it takes anybody for dead.
 */
export class LostHosts {
  readonly #place: LostHostsPlace;
  /** Whose leases had ended at the last look. */
  #suspects: ReadonlySet<string> = new Set();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #stopped = false;

  constructor(place: LostHostsPlace) {
    this.#place = place;
  }

  start(): void {
    this.#lookIn(SHORTEST_MS);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    let nextMs = LEASE_MS;
    try {
      nextMs = Math.min(nextMs, await this.#recover());
    } catch (error) {
      this.#place.onFault(error);
    }
    if (this.#stopped) return;
    this.#lookIn(this.#suspects.size > 0 ? GRACE_MS : Math.max(SHORTEST_MS, nextMs + SLACK_MS));
  }

  async #recover(): Promise<number> {
    const { clock, store, queue, owner: self } = this.#place;
    const [suspects, suspectedAt] = [this.#suspects, this.#lookedAt];
    this.#suspects = new Set();
    // A look that came late, or waited for its answer, may have met another outage.
    const isDead = (owner: string): boolean => suspects.has(owner) && clock.now() - suspectedAt < 2 * GRACE_MS;
    const { ended, nextMs } = await recoverExpired(store, queue, { self, isDead });
    this.#lookedAt = clock.now();
    this.#suspects = ended;
    return nextMs;
  }

  #lookIn(ms: number): void {
    this.#cancel = this.#place.clock.after(ms, () => void this.#look());
  }
}
