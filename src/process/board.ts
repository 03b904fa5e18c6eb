import { closeSync, ftruncateSync, openSync, rmSync } from "node:fs";
import { TOKEN_MAX, type TakenJob } from "../driver/driver.ts";
import type { Phase } from "../job/attempt.ts";
import type { JobId } from "../job/id.ts";
import type { Stream } from "../telemetry/events.ts";
import { readText, writeText } from "./board-text.ts";
import { type SlotState, inState, isFree, nextHanded, runOf, stateOf } from "./slot-word.ts";
import { FailureNotes, NOTES_BYTES, type Noted } from "./failure-notes.ts";

/**
 * The board: memory that a worker shares with its master. A slot for every job in the worker's hands says whether it
 * was begun, since when, until when, and how it ended. What stands here survives the worker's SIGKILL, so the master
 * repeats nothing that was finished; and both sides change a slot by compare-and-exchange, so a job that is not begun
 * can be taken back from a worker that never answers.
 */
export const BOARD_SLOTS = 2048;

const HEADER_BYTES = 64;

/** Where things stand within a slot: doubles first counted in doubles, then bytes. */
const STARTED = 1;
const DEADLINE = 2;
const ID_LENGTH = 4;
const TOKEN_LENGTH = 5;
const IS_FAILING = 6;
const ID_BYTES = 24;
const ID_MAX = 64;
const TOKEN_BYTES = ID_BYTES + ID_MAX;
const SLOT_BYTES = TOKEN_BYTES + TOKEN_MAX;
const SLOT_WORDS = SLOT_BYTES / Int32Array.BYTES_PER_ELEMENT;
const SLOT_DOUBLES = SLOT_BYTES / Float64Array.BYTES_PER_ELEMENT;

/** Within the header, counted in doubles. */
const FINISHED = 0;
const BUSY_MS = 1;
const PID = 2;
const HOST_BORN = 3;
const HEARD = 4;
const MARKS: Readonly<Record<Stream, number>> = { stdout: 5, stderr: 6 };

/** What a slot said at one moment. */
export interface Running {
  readonly startedAt: number;
  /** 0 when the run may take any time. */
  readonly deadline: number;
}

/** The job in a slot. */
export interface Labelled {
  readonly id: JobId;
  readonly token: string;
  readonly phase: Phase;
}

/** Whose board it is, and when the clock began that its times are told in: for people, in milliseconds since 1970. */
export interface Signature {
  readonly pid: number;
  readonly hostBornMs: number;
}

export class Board {
  readonly path: string;
  readonly slots: number;
  readonly #failures: FailureNotes;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #doubles: Float64Array<ArrayBuffer>;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** `memory` is what both sides share; it has a whole number of slots. */
  constructor(path: string, memory: ArrayBuffer) {
    this.path = path;
    this.slots = Math.floor((memory.byteLength - HEADER_BYTES - NOTES_BYTES) / SLOT_BYTES);
    this.#failures = new FailureNotes(memory, HEADER_BYTES + this.slots * SLOT_BYTES);
    this.#words = new Int32Array(memory, HEADER_BYTES, this.slots * SLOT_WORDS);
    this.#doubles = new Float64Array(memory);
    this.#bytes = new Uint8Array(memory);
  }

  /** Makes an empty board that only this user can read. */
  static create(path: string): Board {
    rmSync(path, { force: true });
    const file = openSync(path, "wx+", 0o600);
    ftruncateSync(file, boardBytes(BOARD_SLOTS));
    closeSync(file);
    return Board.open(path);
  }

  static open(path: string): Board {
    return new Board(path, Bun.mmap(path, { shared: true }).buffer as ArrayBuffer);
  }

  /** Takes the file away; both sides keep the memory that they have. */
  remove(): void {
    rmSync(this.path, { force: true });
  }

  // ── Who hands out ──

  /** Every slot of an empty board, the first one last, so that `pop` gives them in order. */
  freeSlots(): number[] {
    return Array.from({ length: this.slots }, (_, index) => this.slots - 1 - index);
  }

  /** Says whose board this is, before anything is handed out. */
  sign({ pid, hostBornMs }: Signature): void {
    this.#doubles[PID] = pid;
    this.#doubles[HOST_BORN] = hostBornMs;
  }

  /** Marks a free slot as handed out and returns its word, which goes to the worker with the job. */
  hand(slot: number): number {
    const word = nextHanded(this.word(slot));
    Atomics.store(this.#words, slot * SLOT_WORDS, word);
    return word;
  }

  /** Writes which job stands in the slot, for who must settle it should this worker die. */
  label(slot: number, { id, token, record }: Pick<TakenJob, "id" | "token" | "record">): void {
    const start = HEADER_BYTES + slot * SLOT_BYTES;
    this.#bytes[start + ID_LENGTH] = writeText(this.#bytes, start + ID_BYTES, id, ID_MAX);
    this.#bytes[start + TOKEN_LENGTH] = writeText(this.#bytes, start + TOKEN_BYTES, token, TOKEN_MAX);
    this.#bytes[start + IS_FAILING] = record?.phase === "failing" ? 1 : 0;
  }

  /** Takes a job back that was not begun. False when the worker was faster. */
  revoke(slot: number, word: number): boolean {
    return this.#change(slot, word, "revoked");
  }

  free(slot: number): void {
    Atomics.store(this.#words, slot * SLOT_WORDS, inState(this.word(slot), "free"));
  }

  state(slot: number): SlotState {
    return stateOf(this.word(slot));
  }

  /** The word that stands in the slot now. */
  word(slot: number): number {
    return Atomics.load(this.#words, slot * SLOT_WORDS);
  }

  /** When the slot's run began and must end. Only good while its state is not `handed`. */
  run(slot: number): Running {
    const start = HEADER_BYTES / 8 + slot * SLOT_DOUBLES;
    return { startedAt: this.#doubles[start + STARTED] ?? 0, deadline: this.#doubles[start + DEADLINE] ?? 0 };
  }

  /** What {@link sign} said. */
  signature(): Signature {
    return { pid: this.#doubles[PID] ?? 0, hostBornMs: this.#doubles[HOST_BORN] ?? 0 };
  }

  /** The job that {@link label} wrote, and what of it was to run. */
  labelled(slot: number): Labelled {
    const start = HEADER_BYTES + slot * SLOT_BYTES;
    return {
      id: readText(this.#bytes, start + ID_BYTES, this.#bytes[start + ID_LENGTH] ?? 0),
      token: readText(this.#bytes, start + TOKEN_BYTES, this.#bytes[start + TOKEN_LENGTH] ?? 0),
      phase: this.#bytes[start + IS_FAILING] === 1 ? "failing" : "running",
    };
  }

  /** What {@link noteFailure} said of the run in the slot; undefined when very many have failed since. */
  failureIn(slot: number): Noted | undefined {
    return this.#failures.read(slot, runOf(this.word(slot)));
  }

  /** Every slot that is not free. */
  *used(): Generator<number> {
    for (let slot = 0; slot < this.slots; slot++) {
      if (!isFree(this.word(slot))) yield slot;
    }
  }

  /** Whether no slot is used. Asked over and over of idle workers, so it looks at each slot as cheaply as can be. */
  get isEmpty(): boolean {
    const words = this.#words;
    for (let at = 0; at < words.length; at += SLOT_WORDS) if (!isFree(words[at] ?? 0)) return false;
    return true;
  }

  /** Every slot whose job is being run. */
  *running(): Generator<number> {
    for (const slot of this.used()) if (this.state(slot) === "running") yield slot;
  }

  /** Jobs that this worker ended, and the milliseconds that they took together. */
  totals(): { readonly finished: number; readonly busyMs: number } {
    return { finished: this.#doubles[FINISHED] ?? 0, busyMs: this.#doubles[BUSY_MS] ?? 0 };
  }

  /** When something that this worker printed was read last. */
  get heardAt(): number {
    return this.#doubles[HEARD] ?? 0;
  }
  set heardAt(now: number) {
    this.#doubles[HEARD] = now;
  }

  /** How many marks stand in what this worker printed: lines that say whose output is before them. */
  marks(stream: Stream): number {
    return this.#doubles[MARKS[stream]] ?? 0;
  }

  // ── Who runs ──

  /** Says that one more mark stands in what this worker prints. */
  mark(stream: Stream): void {
    this.#doubles[MARKS[stream]] = this.marks(stream) + 1;
  }

  /** Begins the job that was handed out with `word`. False when it was taken back meanwhile: then it must not run. */
  begin(slot: number, word: number, startedAt: number, deadline: number): boolean {
    const start = HEADER_BYTES / 8 + slot * SLOT_DOUBLES;
    this.#doubles[start + STARTED] = startedAt;
    this.#doubles[start + DEADLINE] = deadline;
    return this.#change(slot, word, "running");
  }

  /** Says how the job that was begun with `word` ended, and that `now` it did. */
  end(slot: number, word: number, how: "done" | "failed", now: number): void {
    const started = this.#doubles[HEADER_BYTES / 8 + slot * SLOT_DOUBLES + STARTED] ?? now;
    this.#doubles[FINISHED] = (this.#doubles[FINISHED] ?? 0) + 1;
    this.#doubles[BUSY_MS] = (this.#doubles[BUSY_MS] ?? 0) + (now - started);
    Atomics.store(this.#words, slot * SLOT_WORDS, inState(word, how));
  }

  /** Says what the run that was begun with `word` failed of. To be called before {@link end}. */
  noteFailure(slot: number, word: number, failure: Noted): void {
    this.#failures.write(slot, runOf(word), failure);
  }

  #change(slot: number, word: number, state: SlotState): boolean {
    return Atomics.compareExchange(this.#words, slot * SLOT_WORDS, word, inState(word, state)) === word;
  }
}

/** How much memory a board of so many slots needs. */
export function boardBytes(slots: number): number {
  return HEADER_BYTES + slots * SLOT_BYTES + NOTES_BYTES;
}
