import { closeSync, mkdirSync, openSync, readSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** A line of `clients/meter.mjs`. */
interface Note {
  /** Jobs of this process so far, and when the last of them began. */
  readonly count: number;
  readonly last: number;
  readonly first?: number;
  /** When each hundredth began. */
  readonly marks: readonly number[];
  /** Milliseconds from when jobs should have begun to when they did. */
  readonly delays: readonly number[];
  /** Jobs that took a given time, from push to end. */
  readonly runs: readonly Ran[];
}

export interface Ran {
  readonly pushed: number;
  readonly begun: number;
  readonly ended: number;
}

const MARK_EVERY = 100;

/** What the handlers of one run noted, each process in a file of its own. */
export class Ledger {
  readonly folder: string;
  readonly #notebooks = new Map<string, Notebook>();

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** Jobs that were begun. */
  count(): number {
    return this.#processes().reduce((sum, notes) => sum + (notes.at(-1)?.count ?? 0), 0);
  }

  delays(): number[] {
    return this.#processes().flatMap((notes) => notes.flatMap((note) => note.delays));
  }

  /** Jobs that took a given time, process by process, in the order in which they began. */
  runs(): Ran[][] {
    const all = this.#processes().map((notes) => notes.flatMap((note) => note.runs));
    return all.map((runs) => runs.toSorted((a, b) => a.begun - b.begun));
  }

  firstAt(): number {
    return Math.min(...this.#processes().map((notes) => notes[0]?.first ?? Infinity));
  }

  /** Jobs a second of all processes together, after the first `warmUp` jobs until so many more, or the last one. */
  rateAfter(warmUp: number, jobs: number = Infinity): number {
    const steps = this.#processes().flatMap(stepsOf);
    steps.sort((a, b) => a.at - b.at);
    let count = 0;
    let from: { readonly at: number; readonly count: number } | undefined;
    let last = from;
    for (const step of steps) {
      count += step.jobs;
      if (count >= warmUp) from ??= { at: step.at, count };
      last = { at: step.at, count };
      if (count >= warmUp + jobs) break;
    }
    if (from === undefined || last === undefined || last.at <= from.at) throw new Error("too few jobs to tell a rate");
    return ((last.count - from.count) / (last.at - from.at)) * 1000;
  }

  #processes(): (readonly Note[])[] {
    for (const name of readdirSync(this.folder)) {
      const notebook = this.#notebooks.get(name) ?? new Notebook(join(this.folder, name));
      this.#notebooks.set(name, notebook);
      notebook.readOn();
    }
    return [...this.#notebooks.values()].map(({ notes }) => notes);
  }
}

/** The file of one process. Only what is new is read: to look takes time from what is measured. */
class Notebook {
  readonly notes: Note[] = [];
  readonly #path: string;
  #read = 0;

  constructor(path: string) {
    this.#path = path;
  }

  readOn(): void {
    const more = statSync(this.#path).size - this.#read;
    if (more === 0) return;
    const bytes = Buffer.alloc(more);
    const file = openSync(this.#path, "r");
    readSync(file, bytes, 0, more, this.#read);
    closeSync(file);
    // The last line may be there in part.
    const lines = bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
    this.#read += lines.length;
    for (const line of lines.toString().split("\n").slice(0, -1)) this.notes.push(JSON.parse(line) as Note);
  }
}

/** When how many jobs more had begun in one process. */
function stepsOf(notes: readonly Note[]): { at: number; jobs: number }[] {
  const steps = notes.flatMap((note) => note.marks.map((at) => ({ at, jobs: MARK_EVERY })));
  const end = notes.at(-1);
  if (end !== undefined) steps.push({ at: end.last, jobs: end.count - steps.length * MARK_EVERY });
  return steps;
}
