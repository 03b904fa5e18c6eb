import type { JobId } from "../../job/id.ts";
import type { Board } from "../board.ts";
import { OWN_OUTPUTS, type OwnOutput } from "./own-output.ts";
import type { Marks } from "./runner.ts";

/** A worker of which something was read so lately may have printed more that is read already. */
const LATELY_MS = 1_000;

/**
 * Says in what this process prints whose output it was. The master reads the pipe a moment later, when another job may
 * run; so at the end of a run that may have printed something, a line with its id follows in the pipe itself. Only the
 * master knows what such a line begins with, so nothing that is printed passes for one.
 */
export class OutputMarks implements Marks {
  readonly #board: Board;
  readonly #mark: string;
  readonly #running: JobId[] = [];
  /** A run that was over sooner has written to no pipe. */
  readonly #shortestMs = WRITE_IN_LOOKS * shortestLookMs();

  constructor(board: Board, mark: string) {
    this.#board = board;
    this.#mark = mark;
  }

  began(job: JobId, now: number): void {
    if (this.#running.length > 0) void this.#say(this.#outputsWithNews(now));
    this.#running.push(job);
  }

  ended(job: JobId, startedAt: number, now: number, next: "more" | "nothing"): Promise<unknown> | undefined {
    // What was printed in the last moment may be read already and not be told yet: the pipe is empty then, and nobody runs.
    const outputs = (): readonly OwnOutput[] => (next === "nothing" ? OWN_OUTPUTS : this.#outputsWithNews(now));
    const said = this.#mayHavePrinted(now - startedAt) ? this.#say(outputs()) : undefined;
    this.#running.splice(this.#running.indexOf(job), 1);
    return said;
  }

  /** Asked for every job, so it must cost next to nothing for one that does next to nothing. */
  #mayHavePrinted(ms: number): boolean {
    return ms >= this.#shortestMs || OWN_OUTPUTS[0].printed || OWN_OUTPUTS[1].printed;
  }

  #outputsWithNews(now: number): readonly OwnOutput[] {
    if (now - this.#board.heardAt < LATELY_MS) return OWN_OUTPUTS;
    return OWN_OUTPUTS.filter((output) => output.printed || output.isUnread());
  }

  /** Everything that no mark follows yet was printed by the one job that runs, or by nobody in particular. */
  #say(outputs: readonly OwnOutput[]): Promise<unknown> | undefined {
    if (outputs.length === 0) return undefined;
    const [only = "", ...others] = this.#running;
    const line = `\n${this.#mark}${others.length === 0 ? only : ""}\n`;
    const waits = outputs.map((output) => this.#append(output, line)).filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  /** The board counts the marks that are in the pipe, so that the master knows whether it has read all of them. */
  #append(output: OwnOutput, line: string): Promise<void> | undefined {
    const waiting = output.append(line);
    if (waiting !== undefined) return waiting.then(() => this.#board.mark(output.stream));
    this.#board.mark(output.stream);
    return undefined;
  }
}

/** To write to a pipe takes at least so many times as long as to look whether it is empty. */
const WRITE_IN_LOOKS = 3;
const LOOKS = 200;

function shortestLookMs(): number {
  const [output] = OWN_OUTPUTS;
  const times = Array.from({ length: LOOKS }, () => {
    const startedAt = performance.now();
    output.isUnread();
    return performance.now() - startedAt;
  });
  return Math.min(...times);
}
