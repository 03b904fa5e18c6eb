import { Board } from "../../../src/process/board.ts";
import { type HandedJob, unpackJobs } from "../../../src/process/handed-jobs.ts";
import type { MasterToWorker, WorkerToMaster } from "../../../src/process/protocol.ts";
import type { Child, ChildHooks, Spawn } from "../../../src/process/role.ts";

/** Stands in for worker processes: they say what a test wants them to say, and do nothing. */
export class Workers {
  readonly #jobs: HandedJob[][] = [];
  readonly #boards: Board[] = [];
  readonly #hooks: ChildHooks[] = [];
  /** Those that were asked to report, in order. */
  readonly asked: number[] = [];

  readonly spawn: Spawn = (role, hooks) => {
    const jobs: HandedJob[] = [];
    const index = this.#jobs.push(jobs) - 1;
    this.#hooks.push(hooks);
    if (role.role === "worker") this.#boards.push(Board.open(role.board));
    const send = (message: MasterToWorker): void => {
      if (typeof message === "string") jobs.push(...unpackJobs(message));
      else if (message.say === "report") this.asked.push(index);
    };
    const kill = (): void => hooks.onExit({ signal: "SIGKILL" });
    const ended = { exited: Promise.resolve(0), heard: Promise.resolve(), exitCode: null, signalCode: null };
    return { pid: 1, ...ended, send, kill } satisfies Child;
  };

  /** The jobs that each was handed. */
  get handed(): string[][] {
    return this.#jobs.map((jobs) => jobs.map(({ id }) => id));
  }

  /** This one begins this job at that moment. */
  begin(worker: number, id: string, startedAt: number): void {
    const { slot, word } = this.#last(worker, id);
    this.#boards[worker]?.begin(slot, word, startedAt, 0);
  }

  /** This one has done this job, in no time. */
  end(worker: number, id: string): void {
    const { slot, word } = this.#last(worker, id);
    this.#boards[worker]?.end(slot, word, "done", 0);
  }

  /** This one has done this job, in no time, and says so. */
  done(worker: number, id: string): void {
    this.end(worker, id);
    this.report(worker);
  }

  /** This one says that it lives. */
  report(worker: number): void {
    this.#hooks[worker]?.onMessage({ say: "progress", failures: [] } satisfies WorkerToMaster);
  }

  #last(worker: number, id: string): HandedJob {
    const job = this.#jobs[worker]?.findLast((one) => one.id === id);
    if (job === undefined) throw new Error(`worker ${worker} was not handed ${id}`);
    return job;
  }

  /** All that were started are ready. */
  allReady(): void {
    for (const hooks of this.#hooks) hooks.onMessage({ say: "ready" } satisfies WorkerToMaster);
  }

  /** The one that was started last is ready. */
  ready(): void {
    this.#hooks.at(-1)?.onMessage({ say: "ready" } satisfies WorkerToMaster);
  }

  /** That one dies. Its successor is not ready yet. */
  die(): void {
    this.#hooks.at(-1)?.onExit({ signal: "SIGKILL" });
  }
}
