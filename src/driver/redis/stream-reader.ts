/**
 * Waits for one worker on the streams of a queue, as a consumer of its group: of all workers that wait, a ready job
 * wakes one. What is delivered belongs to the worker at once; its next exchange looks for it.
 */
import type { JobId } from "../../job/id.ts";
import { Connection } from "./connection.ts";
import { GROUP } from "./keys.ts";
import type { Target } from "./url.ts";

/** How long one call blocks: every idle worker makes one each time. What a dead line has swallowed is found only then. */
const BLOCK_MS = 10_000;
/** A call that comes back so much too late never will. */
const GRACE_MS = 3_000;
/** How long who waits is kept when a read failed: its next exchange tells what is wrong. */
const REST_MS = 250;
/** A read that the server does not end within this time is ended by dropping its line. */
const CALL_OFF_WITHIN_MS = 300;
const FAILED = "failed";

/** A job that was delivered to a consumer; with its envelope where its entry carries that. */
export interface Delivered {
  readonly id: JobId;
  /** "<class> <entry>" */
  readonly token: string;
  readonly envelope: string | undefined;
}

/** What a read gives: of each stream its key, and its entries with their fields. */
type StreamsRead = readonly [
  readonly [stream: string, entries: readonly (readonly [entry: string, fields: readonly string[] | null])[]],
];

export class StreamReader {
  readonly #target: Target;
  readonly #calls: Connection;
  readonly #streams: readonly string[];
  #connection: Connection | undefined;

  /** `calls` is the connection of exchanges: what is called off there is over before the next exchange begins. */
  constructor(target: Target, calls: Connection, streams: readonly string[]) {
    this.#target = target;
    this.#calls = calls;
    this.#streams = streams;
  }

  /** Resolves with the first of: a job was delivered, `others` resolves, the signal aborts. Gives what was delivered. */
  async wait(
    consumer: string,
    signal: AbortSignal,
    others: (end: AbortSignal) => Promise<unknown>,
  ): Promise<Delivered | undefined> {
    if (signal.aborted) return undefined;
    this.#connection ??= new Connection(this.#target);
    const connection = this.#connection;
    const ended = new AbortController();
    const end = (): void => ended.abort();
    signal.addEventListener("abort", end);
    const reading = this.#read(connection, consumer, ended.signal);
    try {
      // What was delivered need not wait for the others to end.
      await Promise.race([reading, others(ended.signal)]);
    } finally {
      signal.removeEventListener("abort", end);
      end();
      await reading;
    }
    return reading;
  }

  close(): void {
    this.#connection?.close();
  }

  /** Reads until something is delivered, the line fails, or it is called off. Never rejects. */
  async #read(connection: Connection, consumer: string, signal: AbortSignal): Promise<Delivered | undefined> {
    const streams = [...this.#streams, ...this.#streams.map(() => ">")];
    const args = ["GROUP", GROUP, consumer, "COUNT", 1, "BLOCK", BLOCK_MS, "STREAMS", ...streams];
    // Sent together with the first read: the number of the connection is known as soon as that can block. It stays the same
    // for the next ones, since a line that drops ends this.
    const client = connection.once("CLIENT", ["ID"]).catch(() => undefined);
    for (let delivered: unknown = null; delivered === null && !signal.aborted;) {
      const deadline = setTimeout(() => connection.redial(), BLOCK_MS + GRACE_MS);
      const reading = connection.once("XREADGROUP", args).catch(() => FAILED);
      const callOff = (): void => void this.#callOff(connection, client, reading);
      signal.addEventListener("abort", callOff);
      delivered = await reading;
      signal.removeEventListener("abort", callOff);
      clearTimeout(deadline);
      if (delivered === FAILED && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, REST_MS));
      if (delivered !== FAILED && delivered !== null) return this.#deliveredIn(delivered as StreamsRead);
    }
    return undefined;
  }

  #deliveredIn([first]: StreamsRead): Delivered | undefined {
    const [stream, [entry]] = first;
    const [, id, , envelope] = entry?.[1] ?? [];
    // Without fields it is one that was deleted meanwhile.
    if (entry === undefined || id === undefined) return undefined;
    return { id, token: `${this.#streams.indexOf(stream)} ${entry[0]}`, envelope };
  }

  /** Ends a read on the server, or else its line. */
  async #callOff(connection: Connection, client: Promise<unknown>, reading: Promise<unknown>): Promise<void> {
    const last = setTimeout(() => connection.redial(), CALL_OFF_WITHIN_MS);
    const id = await client;
    if (typeof id === "number") await this.#calls.once("CLIENT", ["UNBLOCK", id]).catch(() => connection.redial());
    await reading;
    clearTimeout(last);
  }
}
