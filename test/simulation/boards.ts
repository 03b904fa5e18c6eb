import { Board, type Signature, boardBytes } from "../../src/process/board.ts";
import { type Boards, boardFile } from "../../src/process/boards.ts";
import type { SimulatedProcess } from "./process.ts";

/** The boards of one host, by the names of their files: they outlive every process. */
export type BoardMemory = Map<string, ArrayBuffer>;

/** A board as one process has it: what a dead process writes is not there, and the ledger sees how runs end. */
class MortalBoard extends Board {
  readonly #process: SimulatedProcess;
  readonly #memory: BoardMemory;

  constructor(name: string, memory: BoardMemory, bytes: ArrayBuffer, process: SimulatedProcess) {
    super(name, bytes);
    this.#process = process;
    this.#memory = memory;
  }

  override remove(): void {
    if (this.#process.acts()) this.#memory.delete(this.path);
  }

  override hand(slot: number): number {
    return this.#process.acts() ? super.hand(slot) : 0;
  }

  override sign(signature: Signature): void {
    if (this.#process.acts()) super.sign(signature);
  }

  override label(slot: number, job: Parameters<Board["label"]>[1]): void {
    if (this.#process.acts()) super.label(slot, job);
  }

  override revoke(slot: number, word: number): boolean {
    return this.#process.acts() && super.revoke(slot, word);
  }

  override free(slot: number): void {
    if (this.#process.acts()) super.free(slot);
  }

  override begin(slot: number, word: number, startedAt: number, deadline: number): boolean {
    return this.#process.acts() && super.begin(slot, word, startedAt, deadline);
  }

  override end(slot: number, word: number, how: "done" | "failed", now: number): void {
    if (!this.#process.acts()) return;
    super.end(slot, word, how, now);
    this.#process.world.ledger.ended(this.#process, this.labelled(slot).id, how);
  }
}

/** The boards of a host as one of its processes reaches them. */
export class SimulatedBoards implements Boards {
  readonly #memory: BoardMemory;
  readonly #process: SimulatedProcess;
  readonly #slots: number;

  constructor(process: SimulatedProcess) {
    this.#process = process;
    this.#memory = process.world.boardsOf(process.host);
    this.#slots = process.world.options.slots;
  }

  create(owner: string, worker: string): Board {
    const name = boardFile(owner, worker);
    const bytes = new ArrayBuffer(boardBytes(this.#slots));
    if (this.#process.acts()) this.#memory.set(name, bytes);
    return new MortalBoard(name, this.#memory, bytes, this.#process);
  }

  open(name: string): Board {
    const bytes = this.#memory.get(name);
    if (bytes === undefined) throw new Error(`there is no board ${name}`);
    return new MortalBoard(name, this.#memory, bytes, this.#process);
  }

  *ofOwner(owner: string): Generator<{ readonly worker: string; readonly board: Board }> {
    const prefix = boardFile(owner, "");
    for (const name of this.#memory.keys()) {
      if (name.startsWith(prefix)) yield { worker: name.slice(prefix.length), board: this.open(name) };
    }
  }
}
