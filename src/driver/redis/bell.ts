/**
 * Hears the bell of one queue: a short stream, read with a blocking call from a known position, so that no ring is
 * missed. All takers of this process that wait on the queue share one call on one connection, made when first needed.
 */
import { isAnswer, storeClosed } from "./refusals.ts";
import { Connection } from "./connection.ts";
import type { Target } from "./url.ts";

/** How long one call blocks. */
const BLOCK_MS = 10_000;
/** A call that comes back so much too late never will: its connection is dead, though nobody said so. */
const GRACE_MS = 3_000;
/** How long a call is not made again after it failed; who waits then looks for itself. */
const REST_MS = 250;

/** What a waiter is woken by. */
export type Rings = "all" | "other than ready";

interface Waiter {
  readonly rings: Rings;
  readonly wake: () => void;
  readonly refuse: (error: Error) => void;
}

export class Bell {
  readonly #target: Target;
  readonly #key: string;
  readonly #waiters = new Set<Waiter>();
  #connection: Connection | undefined;
  #heard = "0-0";
  #listening = false;
  #closed = false;

  constructor(target: Target, key: string) {
    this.#target = target;
    this.#key = key;
  }

  /** Resolves when the bell was rung after `position`, after the timeout, and when the signal aborts. */
  wait(position: string, timeoutMs: number, signal: AbortSignal, rings: Rings = "all"): Promise<void> {
    if (this.#closed) return Promise.reject(storeClosed(this.#target.label));
    const isRung = isAfter(this.#heard, position);
    // Also when that is back: the store may have been emptied, and then no position is as high as it was.
    this.#heard = position;
    if (isRung || signal.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", wake);
        this.#waiters.delete(waiter);
      };
      const wake = (): void => {
        end();
        resolve();
      };
      const refuse = (error: Error): void => {
        end();
        reject(error);
      };
      const waiter = { rings, wake, refuse };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener("abort", wake);
      this.#waiters.add(waiter);
      if (!this.#listening) this.#listening = this.#startListening();
    });
  }

  close(): void {
    this.#closed = true;
    for (const { refuse } of this.#waiters) refuse(storeClosed(this.#target.label));
    this.#connection?.close();
  }

  #startListening(): true {
    this.#connection ??= new Connection(this.#target);
    void this.#listen(this.#connection);
    return true;
  }

  /** Goes on while somebody waits. Never rejects: who waits is woken, and its next exchange tells what is wrong. */
  async #listen(connection: Connection): Promise<void> {
    while (!this.#closed && this.#waiters.size > 0) {
      try {
        await this.#read(connection);
      } catch (error) {
        // The line is down, or the server is no longer the one that jobs come to. Exchanges say so, with their bound.
        if (isAnswer(error)) connection.redial();
        await new Promise((resolve) => setTimeout(resolve, REST_MS));
        this.#wakeAll();
      }
    }
    this.#listening = false;
  }

  async #read(connection: Connection): Promise<void> {
    const deadline = setTimeout(() => connection.redial(), BLOCK_MS + GRACE_MS);
    try {
      const args = ["BLOCK", BLOCK_MS, "STREAMS", this.#key, this.#heard];
      const rung = (await connection.once("XREAD", args)) as readonly Rung[] | null;
      const entries = rung?.[0]?.[1] ?? [];
      const last = entries.at(-1)?.[0];
      if (last !== undefined && isAfter(last, this.#heard)) this.#heard = last;
      const isOther = entries.some(([, fields]) => fields[1] !== "ready");
      for (const { rings, wake } of this.#waiters) if (isOther || (last !== undefined && rings === "all")) wake();
    } finally {
      clearTimeout(deadline);
    }
  }

  #wakeAll(): void {
    for (const { wake } of this.#waiters) wake();
  }
}

/** What a read of one stream gives: its key, and its entries. */
type Rung = readonly [key: string, entries: readonly (readonly [id: string, fields: readonly string[]])[]];

function isAfter(one: string, other: string): boolean {
  const [ms = 0, sequence = 0] = one.split("-").map(Number);
  const [otherMs = 0, otherSequence = 0] = other.split("-").map(Number);
  return ms > otherMs || (ms === otherMs && sequence > otherSequence);
}
