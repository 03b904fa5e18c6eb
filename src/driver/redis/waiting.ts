/** Waits for takers: on the bell of their queue, and in grab mode on its streams as well. */
import type { TakenJob, Taker } from "../driver.ts";
import { Bell } from "./bell.ts";
import type { Connection } from "./connection.ts";
import { type TakerMemory, nameOf } from "./exchange.ts";
import { keysOf } from "./keys.ts";
import { storeClosed } from "./refusals.ts";
import { StreamReader } from "./stream-reader.ts";
import type { Target } from "./url.ts";

/** Who waits, and for how long. */
export interface Wait {
  readonly queue: string;
  readonly taker: Taker;
  readonly memory: TakerMemory;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export class Waiting {
  readonly #target: Target;
  readonly #calls: Connection;
  readonly #bells = new Map<string, Bell>();
  readonly #readers = new Map<TakerMemory, StreamReader>();
  #closed = false;

  /** `calls` is the connection of exchanges. */
  constructor(target: Target, calls: Connection) {
    this.#target = target;
    this.#calls = calls;
  }

  /** Resolves when there may be something for the taker, with the jobs that it was given meanwhile. */
  async wait(wait: Wait): Promise<readonly TakenJob[]> {
    if (this.#closed) throw storeClosed(this.#target.label);
    const { taker, memory, timeoutMs, signal } = wait;
    if (memory.isStreamed) return await this.#waitForDelivery(wait);
    const listener = { taker: nameOf(taker), position: memory.position, rings: "all" as const };
    return memory.receiveHanded(await this.#bellOf(wait.queue).wait(listener, timeoutMs, signal));
  }

  close(): void {
    this.#closed = true;
    for (const bell of this.#bells.values()) bell.close();
    for (const reader of this.#readers.values()) reader.close();
  }

  async #waitForDelivery({ queue, taker, memory, timeoutMs, signal }: Wait): Promise<readonly TakenJob[]> {
    const reader = this.#readers.get(memory) ?? new StreamReader(this.#target, this.#calls, keysOf(queue).streams);
    this.#readers.set(memory, reader);
    const listener = { taker: nameOf(taker), position: memory.position, rings: "other than ready" as const };
    const receive = memory.expectDelivery();
    const others = (end: AbortSignal): Promise<unknown> => this.#bellOf(queue).wait(listener, timeoutMs, end);
    try {
      return receive(await reader.wait(listener.taker, signal, others));
    } catch (error) {
      // Also when a wait fails, something may have been delivered.
      receive(undefined);
      throw error;
    }
  }

  #bellOf(queue: string): Bell {
    const bell = this.#bells.get(queue) ?? new Bell(this.#target, keysOf(queue).bell);
    this.#bells.set(queue, bell);
    return bell;
  }
}
