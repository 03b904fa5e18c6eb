import type { ConsumerStore } from "../../driver/driver.ts";
import type { Clock } from "../clock.ts";
import { LEASE_MS } from "../exchange-loop.ts";
import { recoverExpired } from "../recovery.ts";

/** A look this long after a lease ends finds it ended. */
const SLACK_MS = 100;
const SHORTEST_MS = 250;

export interface LostHostsPlace {
  readonly clock: Clock;
  readonly store: ConsumerStore;
  readonly queue: string;
  readonly owner: string;
  readonly onFault: (error: unknown) => void;
}

/** Takes over the jobs of masters on other hosts that fell silent: looks when the nearest of their leases ends. */
export class LostHosts {
  readonly #place: LostHostsPlace;
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
    const { store, queue, owner, onFault } = this.#place;
    let nextMs = LEASE_MS;
    try {
      nextMs = Math.min(nextMs, await recoverExpired(store, queue, owner));
    } catch (error) {
      onFault(error);
    }
    if (this.#stopped) return;
    this.#lookIn(Math.max(SHORTEST_MS, nextMs + SLACK_MS));
  }

  #lookIn(ms: number): void {
    this.#cancel = this.#place.clock.after(ms, () => void this.#look());
  }
}
