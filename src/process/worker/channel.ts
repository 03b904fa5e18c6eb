import type { WorkerToMaster } from "../protocol.ts";

/** A worker's way to its master, and out. */
export interface Channel {
  /** Tells the master something. When the channel is gone so is the master, and this process ends with it. */
  tell(message: WorkerToMaster): void;
  /** Ends this process once what it said last is on its way: what is queued at an exit is lost. */
  leave(code?: number, last?: WorkerToMaster): void;
  /** Ends this process now. */
  exit(code: number): void;
}

export const masterChannel: Channel = {
  tell: (message) => void process.send?.(message),
  leave: (code = 0, last = { say: "progress", failures: [] }) => {
    const sent = process.send?.(last, undefined, undefined, () => process.exit(code));
    if (sent !== true) process.exit(code);
  },
  exit: (code) => process.exit(code),
};
