import { unpackJobs } from "../../../src/process/handed-jobs.ts";
import type { MasterToWorker, WorkerToMaster } from "../../../src/process/protocol.ts";
import type { Child, ChildHooks, Spawn } from "../../../src/process/role.ts";

/** Stands in for worker processes: they say what a test wants them to say, and do nothing. */
export class Workers {
  /** The jobs that each was handed. */
  readonly handed: string[][] = [];
  readonly #hooks: ChildHooks[] = [];

  readonly spawn: Spawn = (_role, hooks) => {
    const handed: string[] = [];
    this.handed.push(handed);
    this.#hooks.push(hooks);
    const send = (message: MasterToWorker): void => {
      if (message.say === "run") handed.push(...unpackJobs(message).map(({ id }) => id));
    };
    const kill = (): void => hooks.onExit({ signal: "SIGKILL" });
    const ended = { exited: Promise.resolve(0), heard: Promise.resolve(), exitCode: null, signalCode: null };
    return { pid: 1, ...ended, send, kill } satisfies Child;
  };

  /** The one that was started last is ready. */
  ready(): void {
    this.#hooks.at(-1)?.onMessage({ say: "ready" } satisfies WorkerToMaster);
  }

  /** That one dies. Its successor is not ready yet. */
  die(): void {
    this.#hooks.at(-1)?.onExit({ signal: "SIGKILL" });
  }
}
