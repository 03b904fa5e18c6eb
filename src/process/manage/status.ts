import { hostname } from "node:os";
import type { ServiceStatus } from "../control.ts";
import { ownMemory } from "../memory.ts";
import type { ProcessStatus } from "../protocol.ts";

const STARTED_AT = new Date();

/** What `worker:status` shows: this process's own row, and those of its masters and their workers. */
export function manageStatus(service: string, stopping: boolean, below: readonly ProcessStatus[]): ServiceStatus {
  const { pid } = process;
  const startedAt = STARTED_AT.toISOString();
  const own: ProcessStatus = {
    role: "manage",
    queue: null,
    pid,
    state: stopping ? "stopping" : "idle",
    job: null,
    seconds: null,
    done: 0,
    memory: ownMemory(pid),
    startedAt,
  };
  return { service, host: hostname(), pid, startedAt, processes: [own, ...below] };
}
