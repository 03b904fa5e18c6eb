import { type FSWatcher, watch } from "node:fs";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { MpqError } from "../../errors.ts";
import { findQueue } from "./queues.ts";
import type { Store } from "./store.ts";

/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/**
 * A write is told of a moment before its commit can be seen, and of writes that follow each other within milliseconds
 * Bun tells of the first alone. So the bells are looked at for this long after each write that was told of.
 */
const AFTERMATH_MS = 5;
const LOOK_AGAIN_MS = 1;

interface Waiter {
  readonly queue: string;
  /** The bell of the queue as the waiter knows it. */
  readonly bell: number;
  readonly wake: (error?: unknown) => void;
}

/** What to wait for, and for how long. */
export interface Wait extends Pick<Waiter, "queue" | "bell"> {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Wakes those who wait when the bell of their queue has rung, whichever process rang it. Every commit writes to the
 * write-ahead log, so the kernel tells of each: nothing is polled. The log stands as long as this connection, so the
 * file itself is watched and its folder may be as busy as it likes.
 */
export class Waiting {
  readonly #store: Store;
  readonly #waiters = new Set<Waiter>();
  #watcher: FSWatcher | undefined;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #isFollowing = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Resolves when the bell is no longer as the waiter knows it, when its time is over, or when it is aborted. */
  wait({ queue, bell, timeoutMs, signal }: Wait): Promise<void> {
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
      const waiter: Waiter = { queue, bell, wake };
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
    this.#watcher?.close();
    this.#watcher = undefined;
    for (const waiter of this.#waiters) waiter.wake(error);
  }

  /** Watches first and looks then, so that nothing is missed between the two. */
  #begin(waiter: Waiter): void {
    try {
      this.#watcher ??= this.#watch();
    } catch (cause) {
      const message = `the write-ahead log of ${this.#store.label} cannot be watched; raise fs.inotify.max_user_watches`;
      waiter.wake(new MpqError("STORE_REFUSED", message, { cause }));
      return;
    }
    this.#lookFor(waiter);
    this.#follow();
  }

  #watch(): FSWatcher {
    const watcher = watch(`${this.#store.path}-wal`, { persistent: false }, () => this.#onWrite());
    watcher.on("error", (error) => this.end(error));
    return watcher;
  }

  #onWrite(): void {
    this.#writtenAt = performance.now();
    this.look();
    this.#follow();
  }

  /** Sees to the aftermath of a write, unless nobody waits. */
  #follow(): void {
    if (this.#isFollowing || this.#waiters.size === 0 || !this.#isAftermath()) return;
    this.#isFollowing = true;
    // The exchange that follows a wait meets the same fault, and explains it.
    this.#seeThrough().catch(() => this.end());
  }

  #isAftermath(): boolean {
    return performance.now() < this.#writtenAt + AFTERMATH_MS;
  }

  /**
   * Looks again and again until the aftermath is over, and at the end makes sure: whoever gets the right to write knows
   * that every commit begun before has come to its end.
   */
  async #seeThrough(): Promise<void> {
    try {
      await nextTurn();
      this.look();
      for (let isOver = false; this.#waiters.size > 0 && (!isOver || this.#isAftermath());) {
        await sleep(LOOK_AGAIN_MS);
        isOver = !this.#isAftermath();
        if (isOver) await this.#store.write(() => undefined);
        this.look();
      }
    } finally {
      this.#isFollowing = false;
    }
  }

  #lookFor(waiter: Waiter): void {
    try {
      if ((findQueue(this.#store, waiter.queue)?.bell ?? 0) !== waiter.bell) waiter.wake();
    } catch {
      // A wait may end without a reason; the exchange that follows meets the same fault, and explains it.
      waiter.wake();
    }
  }
}
