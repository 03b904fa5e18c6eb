import type { Settlement, StoredJob, TakenJob } from "../driver/driver.ts";
import type { Board } from "./board.ts";
import { type Clock, lasted } from "./clock.ts";
import type { Noted } from "./failure-notes.ts";
import { type RunEnd, received, settleDone, settleFailed } from "./settling.ts";
import { workerName } from "./worker-name.ts";

/** Very many runs failed since, and their notes took the place of this one's. */
const UNREPORTED: Noted = {
  outcome: "error",
  error: { name: "Error", message: "the run threw, and its worker died before it could say what" },
  final: false,
};

/** The slots of jobs that a worker had begun. */
export function* begunSlots(board: Board): Generator<number> {
  for (const slot of board.used()) {
    const state = board.state(slot);
    if (state === "running" || state === "done" || state === "failed") yield slot;
  }
}

/** What to tell the store of the job in a slot of a worker that is gone; undefined when there is nothing to tell. */
export function settleSlot(
  board: Board,
  slot: number,
  job: TakenJob,
  end: Omit<RunEnd, "final">,
): Settlement | undefined {
  // The store knew already that the run had failed: the callback is next, or has begun elsewhere.
  if (job.record?.phase === "failing" && board.labelled(slot).phase === "running") return undefined;
  switch (board.state(slot)) {
    case "done":
      return settleDone(job);
    case "failed":
      return settleFailed(job, { ...end, ...(board.failureIn(slot) ?? UNREPORTED) });
    case "running":
      return settleFailed(job, { ...end, final: false });
    case "handed":
    case "revoked":
    case "free":
      return undefined;
  }
}

/** When the run in a slot began that has just ended, how long it took, and who ran it. */
export function runIn(board: Board, slot: number, clock: Clock): Pick<RunEnd, "startedAt" | "ms" | "worker"> {
  return { ...lasted(clock, board.run(slot).startedAt), worker: workerName(board.signature().pid) };
}

/** A job that a worker's board names, as the store has it. Undefined when it is in nobody's hands any more. */
export function heldStill(stored: StoredJob | undefined, token: string): TakenJob | undefined {
  return stored?.state === "active" ? received({ ...stored, token }) : undefined;
}
