import type { ProcessStatus } from "../protocol.ts";

/** How far the service is in its life, as a service manager sees it. */
export type Phase = "starting" | "running" | "reloading" | "stopping";

export interface Standing {
  readonly phase: Phase;
  /** What the masters said of themselves and their workers just now. */
  readonly rows: readonly ProcessStatus[];
  /** Why the store cannot be reached, undefined when it can. */
  readonly storeFault: string | undefined;
}

/** Longer faults of a store are cut: this is one line for a person. */
const MAX_FAULT = 200;

/** Says in one line what the service has and what it waits for. */
export function statusLine({ phase, rows, storeFault }: Standing): string {
  const fault = storeFault?.replaceAll(/\s+/g, " ").slice(0, MAX_FAULT);
  return [...partsOf(phase, rows), ...(fault === undefined ? [] : [`waits for the store: ${fault}`])].join("; ");
}

/** Tells whether this is a master that runs and does not answer. */
export function isSilent({ role, state, pid }: ProcessStatus): boolean {
  return role === "master" && state === "error" && pid !== 0;
}

export function isWorking({ role, state }: ProcessStatus): boolean {
  return role === "worker" && (state === "idle" || state === "busy");
}

function partsOf(phase: Phase, rows: readonly ProcessStatus[]): string[] {
  const masters = rows.filter((row) => row.role === "master");
  const workers = rows.filter((row) => row.role === "worker");
  const numbers = `${count(masters.length, "queue")}, ${count(workers.filter(isWorking).length, "worker")}`;
  const silent = queuesOf(masters.filter(isSilent)).map((queue) => `the master of ${queue} does not answer`);
  switch (phase) {
    case "starting":
      return ["starting", ...waits(masters.filter((row) => !hasStarted(row, workers))), ...silent];
    case "running":
      return [numbers, ...waits(rows.filter(isMissing)), ...silent];
    case "reloading":
      return [`reloading: replaces workers one after another`, numbers, ...silent];
    case "stopping":
      return ["stopping", ...waits(workers), ...silent];
  }
}

function hasStarted({ queue }: ProcessStatus, workers: readonly ProcessStatus[]): boolean {
  const own = workers.filter((worker) => worker.queue === queue);
  return own.length > 0 && own.every(isWorking);
}

/** A master that is to be started again, or a worker that is on its way. */
function isMissing(row: ProcessStatus): boolean {
  return row.state === "starting" || (row.state === "error" && !isSilent(row));
}

function waits(rows: readonly ProcessStatus[]): string[] {
  const queues = queuesOf(rows);
  return queues.length === 0 ? [] : [`waits for ${queues.join(", ")}`];
}

function queuesOf(rows: readonly ProcessStatus[]): string[] {
  return [...new Set(rows.map(({ queue }) => queue ?? ""))];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
