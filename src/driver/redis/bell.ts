/**
 * Hears the bell of one queue: a short stream, read with a blocking call from a known position, so that no ring is
 * missed. A ring says that there is something to look for, or hands a job to one taker. All takers of this process that wait on the queue share one call on one connection, made when first needed.
 */
import type { TakenJob } from "../driver.ts";
import { isAnswer, storeClosed } from "./refusals.ts";
import { Connection } from "./connection.ts";
import type { Target } from "./url.ts";

/** How long one call blocks. Whatever a dead line keeps back, the exchanges that each taker makes meanwhile find as well. */
const BLOCK_MS = 30_000;
/** A call that comes back so much too late never will: its connection is dead, though nobody said so. */
const GRACE_MS = 3_000;
/** How long a call is not made again after it failed; who waits then looks for itself. */
const REST_MS = 250;

/** Who waits, and since when. */
export interface Listener {
  /** Its name in the store: rings for it carry the job that was handed to it. */
  readonly taker: string;
  /** Up to where it knows what the bell told. */
  readonly position: string;
  /** What it is woken by. */
  readonly rings: "all" | "other than ready";
}

/** What a wait ends with. */
export interface Rung {
  /** The jobs that were handed to the listener. */
  readonly handed: readonly HandedJob[];
  /** Up to where nothing else was told that concerns the listener; absent when there may be more to look for. */
  readonly position?: string;
}

export type HandedJob = Pick<TakenJob, "id" | "token" | "envelope">;

/** A position on the bell: the id of a ring, and the ring's number. */
export const NOTHING_HEARD = "0-0 0";

const LOOK: Rung = { handed: [] };

interface Waiter extends Listener {
  readonly wake: (rung: Rung) => void;
  readonly refuse: (error: Error) => void;
}

export class Bell {
  readonly #target: Target;
  readonly #key: string;
  readonly #waiters = new Set<Waiter>();
  #connection: Connection | undefined;
  #heard = NOTHING_HEARD;
  #listening = false;
  #closed = false;

  constructor(target: Target, key: string) {
    this.#target = target;
    this.#key = key;
  }

  /** Resolves when the bell was rung after the listener's position, after the timeout, and when the signal aborts. */
  wait(listener: Listener, timeoutMs: number, signal: AbortSignal): Promise<Rung> {
    if (this.#closed) return Promise.reject(storeClosed(this.#target.label));
    const isRung = isAfter(this.#heard, listener.position);
    // Also when that is back: the store may have been emptied, and then no position is as high as it was.
    this.#heard = listener.position;
    if (isRung || signal.aborted) return Promise.resolve(LOOK);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
        this.#waiters.delete(waiter);
      };
      const wake = (rung: Rung): void => {
        end();
        resolve(rung);
      };
      const giveUp = (): void => wake(LOOK);
      const refuse = (error: Error): void => {
        end();
        reject(error);
      };
      const waiter = { ...listener, wake, refuse };
      const timer = setTimeout(giveUp, timeoutMs);
      signal.addEventListener("abort", giveUp);
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
      const args = ["BLOCK", BLOCK_MS, "STREAMS", this.#key, idOf(this.#heard)];
      const read = (await connection.once("XREAD", args)) as readonly StreamRead[] | null;
      this.#tell(read?.[0]?.[1] ?? []);
    } finally {
      clearTimeout(deadline);
    }
  }

  #tell(rings: readonly Ring[]): void {
    const [first, last] = [rings[0], rings.at(-1)];
    if (first === undefined || last === undefined || !isAfter(last[0], this.#heard)) return;
    // Rings are numbered without a gap, but a stream keeps only the last few.
    const isMissing = Number(first[1][1]) !== numberOf(this.#heard) + 1;
    const position = `${last[0]} ${last[1][1]}`;
    this.#heard = position;
    const kinds = new Set(rings.map(([, fields]) => fields[3]));
    for (const { taker, rings: wanted, wake } of this.#waiters) {
      const handed = rings.flatMap(([, fields]) => (fields[3] === taker ? [handedIn(fields)] : []));
      const mustLook = isMissing || kinds.has("other") || (wanted === "all" && kinds.has("ready"));
      if (mustLook) wake({ handed });
      else if (handed.length > 0) wake({ handed, position });
    }
  }

  #wakeAll(): void {
    for (const { wake } of this.#waiters) wake(LOOK);
  }
}

/** One ring: `number` and its number; `for`, "ready" or "other" or a taker; and then the job handed to that. */
type Ring = readonly [id: string, fields: readonly string[]];
/** What a read of one stream gives: its key, and its entries. */
type StreamRead = readonly [key: string, rings: readonly Ring[]];

function handedIn([, , , , , id = "", , token = "", , envelope = ""]: readonly string[]): HandedJob {
  return { id, token, envelope };
}

function idOf(position: string): string {
  return position.slice(0, position.indexOf(" "));
}

function numberOf(position: string): number {
  return Number(position.slice(position.indexOf(" ") + 1));
}

function isAfter(one: string, other: string): boolean {
  const [ms = 0, sequence = 0] = one.split(/[- ]/).map(Number);
  const [otherMs = 0, otherSequence = 0] = other.split(/[- ]/).map(Number);
  return ms > otherMs || (ms === otherMs && sequence > otherSequence);
}
