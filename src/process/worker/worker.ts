import { reportOf } from "../../errors.ts";
import { emit, listen } from "../../telemetry/events.ts";
import { hostClock } from "../clock.ts";
import { Board } from "../board.ts";
import type { MasterToWorker } from "../protocol.ts";
import type { WorkerRole } from "../role.ts";
import type { WorkerActor, WorkerParts } from "./actor.ts";
import { AttemptRunner } from "./attempt.ts";
import { loadWorker } from "./boot.ts";
import { HandedWorker } from "./handed.ts";
import { GrabbingWorker } from "./grabbing.ts";
import { OutputMarks } from "./output-marks.ts";
import { giveBackStart } from "../start-pages.ts";
import { onStrayError } from "../stray.ts";
import { leaveSignalsToManage } from "../group-signals.ts";
import { masterChannel } from "./channel.ts";

/**
 * The worker process: the only one that runs user code. It loads the jobs, runs what it is handed (distribute mode) or
 * takes for itself (grab mode), and writes every step on the board. It never renews a lease and never enforces a
 * timeout: its master does both, since user code may hold this process for as long as it likes.
 */
export async function runWorker(role: WorkerRole): Promise<void> {
  leaveSignalsToManage();
  listen((event) => masterChannel.tell({ say: "event", mark: role.mark, event }));
  const worker = await boot(role);
  process.on("message", (message) => worker.receive(message as MasterToWorker));
  onStrayError((error) => {
    emit({ event: "worker.stray", queue: role.queue, pid: process.pid, error: reportOf(error) });
    worker.stray();
  });
  await worker.start();
  masterChannel.tell({ say: "ready" });
  giveBackStart();
}

async function boot(role: WorkerRole): Promise<WorkerActor> {
  try {
    const { config, queue, jobs, code } = await loadWorker(role);
    const attempt = new AttemptRunner(queue.name, jobs, code, queue.onFailed);
    const board = Board.open(role.board);
    const marks = new OutputMarks(board, role.mark);
    return actorOf(role, board, { clock: hostClock, channel: masterChannel, config, queue, attempt, marks });
  } catch (error) {
    masterChannel.leave(1, { say: "broken", error: reportOf(error) });
    // The process ends as soon as the reason is on its way, and does nothing else until then.
    return await new Promise<never>(() => undefined);
  }
}

/** What a worker does, by the mode that its master works in. */
export function actorOf(role: WorkerRole, board: Board, parts: WorkerParts): WorkerActor {
  return role.mode === "grab" ? new GrabbingWorker(role, board, parts) : new HandedWorker(board, parts);
}
