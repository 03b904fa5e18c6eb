import type { FSWatcher } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { firstDueUs } from "./exchange.ts";
import { findQueue } from "./queues.ts";
import type { Store } from "./store.ts";

/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How often is looked where the system has no room for one more watch: each process needs one, and a user has 128 by default. */
const UNWATCHED_MS = 250;

/** How a waiter last saw its queue: the bell, or, when it takes nothing, when the first delayed job is due. */
export type Seen = { readonly bell: number } | { readonly firstDueUs: number };

interface Waiter {
  readonly queue: string;
  readonly seen: Seen;
  readonly wake: (error?: unknown) => void;
}

/** What to wait for, and for how long. */
export interface Wait extends Pick<Waiter, "queue" | "seen"> {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Wakes those who wait when the bell of their queue has rung, whichever process rang it. */
export class Waiting {
  readonly #store: Store;
  readonly #waiters = new Set<Waiter>();
  readonly #watchers = new Map<string, FSWatcher>();
  #isBlind = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves when the queue is no longer as the waiter has seen it, when its time is over, or when it is aborted. */
  wait({ queue, seen, timeoutMs, signal }: Wait): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiter.wake(), Math.min(timeoutMs, MAX_TIMER_MS));
      const onAbort = (): void => waiter.wake();
      const wake = (error?: unknown): void => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        if (error === undefined) resolve();
        else reject(error);
      };
      const waiter: Waiter = { queue, seen, wake };
      signal.addEventListener("abort", onAbort);
      this.#waiters.add(waiter);
      if (signal.aborted) wake();
      else this.#begin(waiter);
    });
  }

  /** Looks at the bells: after a commit of this connection, and when another one may have committed. */
  look(): void {
    for (const waiter of this.#waiters) this.#lookFor(waiter);
  }

  /** Ends every wait, with `error` when there is one. */
  end(error?: unknown): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    for (const waiter of this.#waiters) waiter.wake(error);
  }

  /** Watches first and looks then, so that nothing is missed between the two. */
  #begin(waiter: Waiter): void {
    this.#watch(waiter.queue);
    if (this.#isBlind) void this.#lookNowAndThen(waiter);
    this.#lookFor(waiter);
  }

  #watch(queue: string): void {
    if (this.#isBlind || this.#watchers.has(queue)) return;
    try {
      const watcher = this.#store.bells.watch(
        queue,
        () => this.look(),
        () => this.end(),
      );
      watcher.on("error", (error) => this.#goBlind(error));
      this.#watchers.set(queue, watcher);
    } catch (error) {
      this.#goBlind(error);
    }
  }

  #goBlind(error: unknown): void {
    this.#isBlind = true;
    const why = error instanceof Error ? error.message : String(error);
    const instead = `new jobs are looked for every ${UNWATCHED_MS} ms instead; raise fs.inotify.max_user_instances`;
    process.emitWarning(`${this.#store.label} cannot be watched (${why}): ${instead}`);
    this.end();
  }

  async #lookNowAndThen(waiter: Waiter): Promise<void> {
    while (this.#waiters.has(waiter)) {
      await sleep(UNWATCHED_MS);
      this.#lookFor(waiter);
    }
  }

  #lookFor(waiter: Waiter): void {
    try {
      if (this.#isNews(waiter)) waiter.wake();
    } catch {
      // A wait may end without a reason; the exchange that follows meets the same fault, and explains it.
      waiter.wake();
    }
  }

  #isNews({ queue: name, seen }: Waiter): boolean {
    const queue = findQueue(this.#store, name);
    if ("bell" in seen) return (queue?.bell ?? 0) !== seen.bell;
    return queue !== undefined && firstDueUs(this.#store, queue.no) !== seen.firstDueUs;
  }
}
