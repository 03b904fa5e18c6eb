import type { WorkerHandle } from "./worker-handle.ts";

/** A run that goes on for so long already is slow: what waits behind it goes to a worker that is idle. */
const SLOW_MS = 10;

/** Tells whether a run of this worker has gone on for long at the moment `now`. */
export function isSlow(worker: WorkerHandle, now: number): boolean {
  for (const slot of worker.board.running()) {
    if (now - worker.board.run(slot).startedAt > SLOW_MS) return true;
  }
  return false;
}
