import type { Running } from "../board.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** A run that goes on for so long already is slow: what waits behind it goes to others. */
const SLOW_MS = 10;

/** Tells whether a run of this worker has gone on for long at the moment `now`. */
export function isSlow(worker: WorkerHandle, now: number): boolean {
  for (const slot of worker.board.running()) {
    if (isLong(worker.board.run(slot), now)) return true;
  }
  return false;
}

/** Tells whether this run has gone on for long at the moment `now`. */
export function isLong({ startedAt }: Running, now: number): boolean {
  return now - startedAt > SLOW_MS;
}
