import type { Config, QueueConfig } from "../../config/config.ts";
import { reportOf } from "../../errors.ts";
import { Board } from "../board.ts";
import type { MasterToWorker, WorkerToMaster } from "../protocol.ts";
import type { WorkerRole } from "../role.ts";
import { AttemptRunner } from "./attempt.ts";
import { loadWorker } from "./boot.ts";
import { HandedWorker } from "./handed.ts";
import { GrabbingWorker } from "./grabbing.ts";
import { onStrayError } from "./stray.ts";

/**
 * The worker process: the only one that runs user code. It loads the jobs, runs what it is handed (distribute mode) or
 * takes for itself (grab mode), and writes every step on the board. It never renews a lease and never enforces a
 * timeout: its master does both, since user code may hold this process for as long as it likes.
 */
export async function runWorker(role: WorkerRole): Promise<void> {
  // Ctrl-C reaches the whole foreground group; the master decides when this process ends.
  process.on("SIGINT", () => undefined);
  const worker = await boot(role);
  process.on("message", (message) => worker.receive(message as MasterToWorker));
  onStrayError((error) => worker.stray(error));
  await worker.start();
  tell({ say: "ready" });
}

/** What the process does with its master's words, by the mode of its queue. */
export interface WorkerActor {
  start(): Promise<void>;
  receive(message: MasterToWorker): void;
  /** User code threw outside of any run's promise. */
  stray(error: unknown): void;
}

async function boot(role: WorkerRole): Promise<WorkerActor> {
  try {
    const { config, queue, jobs, code } = await loadWorker(role);
    const attempt = new AttemptRunner(queue.name, jobs, code, queue.onFailed);
    return actor(role, { config, queue, attempt });
  } catch (error) {
    leaveBroken(error);
    // The process ends as soon as the reason is on its way, and does nothing else until then.
    return await new Promise<never>(() => undefined);
  }
}

export interface WorkerParts {
  readonly config: Config;
  readonly queue: QueueConfig;
  readonly attempt: AttemptRunner;
}

function actor(role: WorkerRole, parts: WorkerParts): WorkerActor {
  const board = Board.open(role.board);
  return parts.queue.mode === "grab" ? new GrabbingWorker(role, board, parts) : new HandedWorker(board, parts);
}

/** Says why this worker cannot start, and leaves. */
function leaveBroken(error: unknown): void {
  leave(1, { say: "broken", error: reportOf(error) });
}

/** Tells the master something. When the channel is gone so is the master, and this process ends with it. */
export function tell(message: WorkerToMaster): void {
  process.send?.(message);
}

/** Ends this process once what it said last is on its way: what is queued at an exit is lost. */
export function leave(code = 0, last: WorkerToMaster = { say: "progress", failures: [] }): void {
  const sent = process.send?.(last, undefined, undefined, () => process.exit(code));
  if (sent !== true) process.exit(code);
}
