import { reportOf } from "../../errors.ts";
import { hostClock } from "../clock.ts";
import { Board } from "../board.ts";
import type { MasterToWorker } from "../protocol.ts";
import type { WorkerRole } from "../role.ts";
import type { WorkerActor, WorkerParts } from "./actor.ts";
import { AttemptRunner } from "./attempt.ts";
import { loadWorker } from "./boot.ts";
import { HandedWorker } from "./handed.ts";
import { GrabbingWorker } from "./grabbing.ts";
import { onStrayError } from "./stray.ts";
import { leaveSignalsToManage } from "../group-signals.ts";
import { leave, tell } from "./channel.ts";

/**
 * The worker process: the only one that runs user code. It loads the jobs, runs what it is handed (distribute mode) or
 * takes for itself (grab mode), and writes every step on the board. It never renews a lease and never enforces a
 * timeout: its master does both, since user code may hold this process for as long as it likes.
 */
export async function runWorker(role: WorkerRole): Promise<void> {
  leaveSignalsToManage();
  const worker = await boot(role);
  process.on("message", (message) => worker.receive(message as MasterToWorker));
  onStrayError((error) => worker.stray(error));
  await worker.start();
  tell({ say: "ready" });
}

async function boot(role: WorkerRole): Promise<WorkerActor> {
  try {
    const { config, queue, jobs, code } = await loadWorker(role);
    const attempt = new AttemptRunner(queue.name, jobs, code, queue.onFailed);
    return actor(role, { clock: hostClock, config, queue, attempt });
  } catch (error) {
    leave(1, { say: "broken", error: reportOf(error) });
    // The process ends as soon as the reason is on its way, and does nothing else until then.
    return await new Promise<never>(() => undefined);
  }
}

function actor(role: WorkerRole, parts: WorkerParts): WorkerActor {
  const board = Board.open(role.board);
  return role.mode === "grab" ? new GrabbingWorker(role, board, parts) : new HandedWorker(board, parts);
}
