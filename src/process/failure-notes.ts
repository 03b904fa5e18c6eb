import { isErrorReport } from "../errors.ts";
import type { Failure, FailureOutcome } from "./protocol.ts";

/** How many notes there are: the newest takes the place of the oldest. */
const NOTES = 128;
/** So many failures are not gathered before they are told: long before a note gives way that nobody has read. */
export const MOST_UNTOLD: number = NOTES / 4;

const NOTE_BYTES = 8_192;
/** Where things stand within a note: words first counted in words, then bytes. */
const SLOT = 0;
const RUN = 1;
const LENGTH = 2;
const TEXT_BYTES = 12;
const NOTE_WORDS = NOTE_BYTES / Int32Array.BYTES_PER_ELEMENT;

/** How much memory the notes need. */
export const NOTES_BYTES: number = NOTES * NOTE_BYTES;

/** An error whose text has no room keeps so many characters of each part; at six bytes each there is room for them. */
const SHORT = { name: 100, message: 300, stack: 700 } as const;

/** No run of a slot has this number. */
const NOBODY = 0;

/** What a run failed of. */
export type Noted = Pick<Failure, "outcome" | "error" | "final">;

const OUTCOMES: ReadonlySet<unknown> = new Set(["error", "timeout", "released"] satisfies FailureOutcome[]);

/** Tells whether a value that came out of a worker, where user code is, says what a run failed of. */
export function isNoted(value: unknown): value is Noted {
  if (typeof value !== "object" || value === null) return false;
  const { outcome, error, final } = value as Partial<Record<keyof Noted, unknown>>;
  return OUTCOMES.has(outcome) && isErrorReport(error) && typeof final === "boolean";
}

/**
 * What the last runs of a worker failed of, in the memory that it shares with its master. The next job may kill the worker, or
 * block it until it is killed, before it has told anybody.
 */
export class FailureNotes {
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  #next = 0;

  /** The notes begin at the byte `start` of the memory. */
  constructor(memory: ArrayBuffer, start: number) {
    this.#words = new Int32Array(memory, start, NOTES * NOTE_WORDS);
    this.#bytes = new Uint8Array(memory, start, NOTES_BYTES);
  }

  /** Notes what a run in a slot failed of; `run` tells it apart from all others there. */
  write(slot: number, run: number, { outcome, error, final }: Noted): void {
    const at = this.#next * NOTE_WORDS;
    this.#next = (this.#next + 1) % NOTES;
    // What was noted here is over with the first byte of what is noted now.
    this.#words[at + RUN] = NOBODY;
    this.#words[at + LENGTH] = encode({ outcome, error, final }, this.#room(at));
    this.#words[at + SLOT] = slot;
    Atomics.store(this.#words, at + RUN, run);
  }

  /** What was noted of that run; undefined when it was not, its note gave way, or rubbish stands there. */
  read(slot: number, run: number): Noted | undefined {
    for (let at = 0; at < this.#words.length; at += NOTE_WORDS) {
      if (Atomics.load(this.#words, at + RUN) !== run || this.#words[at + SLOT] !== slot) continue;
      return decode(this.#room(at).slice(0, Math.max(0, this.#words[at + LENGTH] ?? 0)));
    }
    return undefined;
  }

  /** Where the text of a note stands. */
  #room(at: number): Uint8Array {
    const start = at * Int32Array.BYTES_PER_ELEMENT;
    return this.#bytes.subarray(start + TEXT_BYTES, start + NOTE_BYTES);
  }
}

function decode(text: Uint8Array): Noted | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(text));
    return isNoted(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes the note, shortened when it has no room. Returns how many bytes it has. */
function encode(note: Noted, room: Uint8Array): number {
  const text = JSON.stringify(note);
  const { read, written } = new TextEncoder().encodeInto(text, room);
  if (read === text.length) return written;
  const { name, message, stack } = note.error;
  const short = { name: name.slice(0, SHORT.name), message: message.slice(0, SHORT.message) };
  const error = stack === undefined ? short : { ...short, stack: stack.slice(0, SHORT.stack) };
  return new TextEncoder().encodeInto(JSON.stringify({ ...note, error }), room).written;
}
