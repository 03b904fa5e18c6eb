import type { WorkerToMaster } from "../protocol.ts";

/** Tells the master something. When the channel is gone so is the master, and this process ends with it. */
export function tell(message: WorkerToMaster): void {
  process.send?.(message);
}

/** Ends this process once what it said last is on its way: what is queued at an exit is lost. */
export function leave(code = 0, last: WorkerToMaster = { say: "progress", failures: [] }): void {
  const sent = process.send?.(last, undefined, undefined, () => process.exit(code));
  if (sent !== true) process.exit(code);
}
