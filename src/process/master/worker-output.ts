import type { JobId } from "../../job/id.ts";
import { type Stream, emit } from "../../telemetry/events.ts";
import type { Board } from "../board.ts";
import type { Clock } from "../clock.ts";
import type { OutputHooks } from "../output.ts";

/** So many lines are told at once, so that who writes the log can say when it has no room. */
const MOST_LINES = 500;

export interface PrintingWorker {
  readonly queue: string;
  readonly board: Board;
  /** What the worker's marks begin with: the lines by which it says whose output stands before them. */
  readonly mark: string;
  readonly pid: () => number;
}

/** Lines of which it is not known yet whose they are. */
interface Held {
  readonly lines: readonly string[];
  readonly at: number;
}

/**
 * Tells each line that a worker prints, with the job that printed it where exactly one can have: the one that the next
 * mark names; or, when no mark is on its way, the one that runs.
 */
export class WorkerOutput implements OutputHooks {
  readonly #worker: PrintingWorker;
  readonly #clock: Clock;
  readonly #held: Readonly<Record<Stream, Held[]>> = { stdout: [], stderr: [] };
  readonly #marks: Record<Stream, number> = { stdout: 0, stderr: 0 };

  constructor(worker: PrintingWorker, clock: Clock) {
    this.#worker = worker;
    this.#clock = clock;
  }

  onLines(stream: Stream, lines: readonly string[]): void {
    const { mark, board } = this.#worker;
    let begin = 0;
    for (const [index, line] of lines.entries()) {
      if (!line.startsWith(mark)) continue;
      this.#marks[stream]++;
      this.#hold(stream, lines.slice(begin, index));
      this.#tellHeld(stream, line.slice(mark.length) || undefined);
      begin = index + 1;
    }
    if (begin === lines.length) return;
    board.heardAt = this.#clock.now();
    this.#hold(stream, lines.slice(begin));
    const job = onlyJobOn(board);
    // Looked at later than the job: when that one began after the end of another, the mark of the other is counted.
    if (board.marks(stream) <= this.#marks[stream]) this.#tellHeld(stream, job);
  }

  /** A worker that was killed leaves lines whose mark never comes. */
  onEnd(stream: Stream): void {
    this.#tellHeld(stream, undefined);
  }

  #hold(stream: Stream, lines: readonly string[]): void {
    if (lines.length > 0) this.#held[stream].push({ lines, at: this.#clock.wallNow() });
  }

  #tellHeld(stream: Stream, job: JobId | undefined): void {
    const { queue } = this.#worker;
    const pid = this.#worker.pid();
    for (const { lines, at } of this.#held[stream].splice(0)) {
      for (let begin = 0; begin < lines.length; begin += MOST_LINES) {
        const message = lines.slice(begin, begin + MOST_LINES).join("\n");
        emit({ event: "worker.output", queue, pid, job, stream, message }, at);
      }
    }
  }
}

function onlyJobOn(board: Board): JobId | undefined {
  const [slot, ...others] = board.running();
  return slot === undefined || others.length > 0 ? undefined : board.labelled(slot).id;
}
