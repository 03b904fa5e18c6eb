import type { WorkerToMaster } from "../protocol.ts";
import { OWN_OUTPUTS } from "./own-output.ts";

/** A worker's way to its master, and out. */
export interface Channel {
  /** Tells the master something. When the channel is gone so is the master, and this process ends with it. */
  tell(message: WorkerToMaster): void;
  /** Ends this process once what it said and printed last is on its way: what is queued at an exit is lost. */
  leave(code?: number, last?: WorkerToMaster): void;
}

export const masterChannel: Channel = {
  tell: (message) => void process.send?.(message),
  leave: (code = 0, last = { say: "progress", failures: [] }) => {
    const sent = process.send?.(last, undefined, undefined, () => void exit(code));
    if (sent !== true) void exit(code);
  },
};

async function exit(code: number): Promise<void> {
  await Promise.all(OWN_OUTPUTS.map((output) => output.flushed()));
  process.exit(code);
}
