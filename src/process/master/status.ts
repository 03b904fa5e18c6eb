import { ownMemory } from "../memory.ts";
import type { ProcessState, ProcessStatus } from "../protocol.ts";
import type { Fleet } from "./fleet.ts";
import type { WorkerHandle } from "./worker-handle.ts";

const STARTED_AT = new Date();

/** The rows of `worker:status` that a master knows: its own and its workers'. */
export function masterStatus(queue: string, fleet: Fleet, at: { now: number; stopping: boolean }): ProcessStatus[] {
  const workers = [...fleet.workers].map((worker) => workerStatus(queue, worker, at.now));
  const state = at.stopping ? "stopping" : workers.some((worker) => worker.state === "busy") ? "busy" : "idle";
  const done = workers.reduce((sum, worker) => sum + worker.done, 0);
  return [ownStatus({ queue, state, done }), ...workers];
}

/** The row of a master that has no workers yet. */
export function startingStatus(queue: string): ProcessStatus[] {
  return [ownStatus({ queue, state: "starting", done: 0 })];
}

function ownStatus(known: Pick<ProcessStatus, "queue" | "state" | "done">): ProcessStatus {
  const { pid } = process;
  const startedAt = STARTED_AT.toISOString();
  return { ...known, role: "master", pid, job: null, seconds: null, memory: ownMemory(pid), startedAt };
}

function workerStatus(queue: string, worker: WorkerHandle, now: number): ProcessStatus {
  const run = longestRun(worker);
  return {
    role: "worker",
    queue,
    pid: worker.pid,
    state: stateOf(worker, run !== undefined),
    job: run?.job ?? null,
    seconds: run === undefined ? null : Math.round(now - run.startedAt) / 1000,
    done: worker.board.totals().finished,
    memory: ownMemory(worker.pid),
    startedAt: worker.startedAt.toISOString(),
  };
}

function stateOf(worker: WorkerHandle, running: boolean): ProcessState {
  if (worker.brokenBy !== undefined) return "error";
  if (worker.state === "starting") return "starting";
  if (worker.state === "leaving") return "stopping";
  return running ? "busy" : "idle";
}

interface LongestRun {
  readonly job: string;
  readonly startedAt: number;
}

function longestRun(worker: WorkerHandle): LongestRun | undefined {
  let longest: LongestRun | undefined;
  for (const slot of worker.board.running()) {
    const { startedAt } = worker.board.run(slot);
    if (longest !== undefined && longest.startedAt <= startedAt) continue;
    longest = { job: worker.inHand.get(slot)?.job.id ?? worker.board.labelled(slot).id, startedAt };
  }
  return longest;
}
