import { closeSync, openSync, readSync, writeFileSync } from "node:fs";
import type { Line } from "./project/note.ts";

/** One call of a handler or of a failure callback, as it told of itself. */
export interface Run {
  readonly kind: "handler" | "callback";
  readonly job: string;
  readonly attempt: number;
  readonly pid: number;
  /** When its process began. */
  readonly born: number;
  readonly startedAt: number;
  /** Absent when it never said that it ended. */
  end?: { readonly how: "done" | "threw" | "dies"; readonly at: number };
  /** Runs that its process had begun when it ended, itself among them; when it never ended, when it began. */
  begunBefore: number;
  /** Runs that its process began after that. */
  later: number;
}

/** The file that all handlers append to. Reads only what is new. */
export class Ledger {
  readonly path: string;
  readonly #lines: Line[] = [];
  #read = 0;
  #rest = "";

  constructor(path: string) {
    this.path = path;
    writeFileSync(path, "");
  }

  lines(): readonly Line[] {
    const file = openSync(this.path, "r");
    const chunk = Buffer.alloc(1 << 20);
    for (;;) {
      const bytes = readSync(file, chunk, 0, chunk.length, this.#read);
      if (bytes === 0) break;
      this.#read += bytes;
      const lines = (this.#rest + chunk.toString("latin1", 0, bytes)).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#lines.push(lineOf(line));
    }
    closeSync(file);
    return this.#lines;
  }
}

/** The kernel may cut a line off at the border of two pages when its writer is killed there; the next one follows at once. */
function lineOf(text: string): Line {
  return JSON.parse(text.slice(text.lastIndexOf(BEGINNING))) as Line;
}

/** What every line begins with, and nothing else in it. */
const BEGINNING = '{"step":';

/** Puts starts and ends together. */
export function runsOf(lines: readonly Line[]): Run[] {
  const runs: Run[] = [];
  const open = new Map<string, Run>();
  /** How many runs each process began so far. */
  const begun = new Map<string, number>();
  for (const line of lines) {
    const process = `${line.pid}@${line.born}`;
    const key = `${process} ${line.job} ${line.attempt}`;
    const before = begun.get(process) ?? 0;
    if (line.step === "start" || line.step === "callback") {
      const run = begin(line, before + 1);
      begun.set(process, before + 1);
      open.set(key, run);
      runs.push(run);
    } else {
      const run = open.get(key);
      if (run === undefined) continue;
      run.end = { how: line.step === "callback-done" ? "done" : line.step, at: line.at };
      run.begunBefore = before;
    }
  }
  for (const run of runs) run.later = (begun.get(`${run.pid}@${run.born}`) ?? 0) - run.begunBefore;
  return runs;
}

function begin({ step, job, attempt, pid, born, at }: Line, begunBefore: number): Run {
  const kind = step === "start" ? "handler" : "callback";
  return { kind, job, attempt, pid, born, startedAt: at, begunBefore, later: 0 };
}
