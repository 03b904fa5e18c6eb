import { closeSync, ftruncateSync, openSync, rmSync } from "node:fs";
import type { Stream } from "../telemetry/events.ts";
import { LABEL_BYTES, type Labelled, type Labelling, Labels } from "./board-labels.ts";
import { type SlotState, inState, isFree, isHanded, isRunning, nextHanded, runOf, stateOf } from "./slot-word.ts";
import { FailureNotes, NOTES_BYTES, type Noted } from "./failure-notes.ts";

/**
 * The board: memory that a worker shares with its master. A slot for every job in the worker's hands says whether it
 * was begun, since when, until when, and how it ended. What stands here survives the worker's SIGKILL, so the master
 * repeats nothing that was finished; and both sides change a slot by compare-and-exchange, so a job that is not begun
 * can be taken back from a worker that never answers.
 */
export const BOARD_SLOTS = 2048;

const HEADER_BYTES = 128;

/**
 * After the header stand the times of all slots, then the words of all, then the labels of all: master and workers go through
 * the words over and over, and find sixteen of them in one line of the processor's cache.
 */
const STARTED = 0;
const DEADLINE = 1;
const TIMES = 2;
const TIMES_BYTES = TIMES * Float64Array.BYTES_PER_ELEMENT;
const WORD_BYTES = Int32Array.BYTES_PER_ELEMENT;

const SLOT_BYTES = TIMES_BYTES + WORD_BYTES + LABEL_BYTES;

/** Within the header, counted in doubles. */
const FINISHED = 0;
const BUSY_MS = 1;
const PID = 2;
const HOST_BORN = 3;
const HEARD = 4;
const MARKS: Readonly<Record<Stream, number>> = { stdout: 5, stderr: 6 };
const SEEN = 7;
const IN_HAND = 8;

/** What a slot said at one moment. */
export interface Running {
  readonly startedAt: number;
  /** 0 when the run may take any time. */
  readonly deadline: number;
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
  readonly #header: Float64Array<ArrayBuffer>;
  readonly #times: Float64Array<ArrayBuffer>;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #labels: Labels;

  /** `memory` is what both sides share; it has a whole number of slots. */
  constructor(path: string, memory: ArrayBuffer) {
    this.path = path;
    const slots = Math.floor((memory.byteLength - HEADER_BYTES - NOTES_BYTES) / SLOT_BYTES);
    const words = HEADER_BYTES + slots * TIMES_BYTES;
    const labels = words + slots * WORD_BYTES;
    this.slots = slots;
    this.#header = new Float64Array(memory, 0, HEADER_BYTES / Float64Array.BYTES_PER_ELEMENT);
    this.#times = new Float64Array(memory, HEADER_BYTES, slots * TIMES);
    this.#words = new Int32Array(memory, words, slots);
    this.#labels = new Labels(memory, labels, slots);
    this.#failures = new FailureNotes(memory, labels + slots * LABEL_BYTES);
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
    this.#header[PID] = pid;
    this.#header[HOST_BORN] = hostBornMs;
  }

  /** Marks a free slot as handed out and returns its word, which goes to the worker with the job. */
  hand(slot: number): number {
    const word = nextHanded(this.word(slot));
    Atomics.store(this.#words, slot, word);
    return word;
  }

  /** Writes which job stands in the slot, for who must settle it should this worker die. */
  label(slot: number, job: Labelling): void {
    this.#labels.write(slot, job);
  }

  /** Takes a job back that was not begun. False when the worker was faster. */
  revoke(slot: number, word: number): boolean {
    return this.#change(slot, word, "revoked");
  }

  free(slot: number): void {
    Atomics.store(this.#words, slot, inState(this.word(slot), "free"));
  }

  state(slot: number): SlotState {
    return stateOf(this.word(slot));
  }

  /** The word that stands in the slot now. */
  word(slot: number): number {
    return Atomics.load(this.#words, slot);
  }

  /** When the slot's run began and must end. Only good while its state is not `handed`. */
  run(slot: number): Running {
    const start = slot * TIMES;
    return { startedAt: this.#times[start + STARTED] ?? 0, deadline: this.#times[start + DEADLINE] ?? 0 };
  }

  /** What {@link sign} said. */
  signature(): Signature {
    return { pid: this.#header[PID] ?? 0, hostBornMs: this.#header[HOST_BORN] ?? 0 };
  }

  /** The job that {@link label} wrote, and what of it was to run. */
  labelled(slot: number): Labelled {
    return this.#labels.read(slot);
  }

  /** What {@link noteFailure} said of the run in the slot; undefined when very many have failed since. */
  failureIn(slot: number): Noted | undefined {
    return this.#failures.read(slot, runOf(this.word(slot)));
  }

  /** Every slot that is not free. */
  used(): number[] {
    return this.#where((word) => !isFree(word));
  }

  /** Whether no slot is used. */
  get isEmpty(): boolean {
    const words = this.#words;
    for (let slot = 0; slot < words.length; slot++) if (!isFree(words[slot] ?? 0)) return false;
    return true;
  }

  /** Every slot whose job was not begun yet. */
  waiting(): number[] {
    return this.#where(isHanded);
  }

  /** Every slot whose job is being run. */
  running(): number[] {
    return this.#where(isRunning);
  }

  /** Jobs that this worker ended, and the milliseconds that they took together. The slots of all of them say so already. */
  totals(): { readonly finished: number; readonly busyMs: number } {
    return { finished: this.#header[FINISHED] ?? 0, busyMs: this.#header[BUSY_MS] ?? 0 };
  }

  /** What its master knows of this worker: how many jobs it has ended, and how many others it has in hand. */
  get known(): { readonly ended: number; readonly inHand: number } {
    return { ended: this.#header[SEEN] ?? 0, inHand: this.#header[IN_HAND] ?? 0 };
  }
  set known({ ended, inHand }: { readonly ended: number; readonly inHand: number }) {
    this.#header[SEEN] = ended;
    this.#header[IN_HAND] = inHand;
  }

  /** When something that this worker printed was read last. */
  get heardAt(): number {
    return this.#header[HEARD] ?? 0;
  }
  set heardAt(now: number) {
    this.#header[HEARD] = now;
  }

  /** How many marks stand in what this worker printed: lines that say whose output is before them. */
  marks(stream: Stream): number {
    return this.#header[MARKS[stream]] ?? 0;
  }

  // ── Who runs ──

  /** Says that one more mark stands in what this worker prints. */
  mark(stream: Stream): void {
    this.#header[MARKS[stream]] = this.marks(stream) + 1;
  }

  /** Begins the job that was handed out with `word`. False when it was taken back meanwhile: then it must not run. */
  begin(slot: number, word: number, startedAt: number, deadline: number): boolean {
    const start = slot * TIMES;
    this.#times[start + STARTED] = startedAt;
    this.#times[start + DEADLINE] = deadline;
    return this.#change(slot, word, "running");
  }

  /** Says how the job that was begun with `word` ended, and that `now` it did. */
  end(slot: number, word: number, how: "done" | "failed", now: number): void {
    const started = this.#times[slot * TIMES + STARTED] ?? now;
    Atomics.store(this.#words, slot, inState(word, how));
    this.#header[BUSY_MS] = (this.#header[BUSY_MS] ?? 0) + (now - started);
    this.#header[FINISHED] = (this.#header[FINISHED] ?? 0) + 1;
  }

  /** Says what the run that was begun with `word` failed of. To be called before {@link end}. */
  noteFailure(slot: number, word: number, failure: Noted): void {
    this.#failures.write(slot, runOf(word), failure);
  }

  /** Gone through many times a second for each worker: an index costs a tenth of what an iterator does. */
  #where(test: (word: number) => boolean): number[] {
    const words = this.#words;
    const slots: number[] = [];
    for (let slot = 0; slot < words.length; slot++) if (test(words[slot] ?? 0)) slots.push(slot);
    return slots;
  }

  #change(slot: number, word: number, state: SlotState): boolean {
    return Atomics.compareExchange(this.#words, slot, word, inState(word, state)) === word;
  }
}

/** How much memory a board of so many slots needs. */
export function boardBytes(slots: number): number {
  return HEADER_BYTES + slots * SLOT_BYTES + NOTES_BYTES;
}
