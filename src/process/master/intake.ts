import type { Settlement, TakenJob } from "../../driver/driver.ts";
import type { JobId } from "../../job/id.ts";
import type { Failure } from "../protocol.ts";
import type { ChildExit } from "../role.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** What differs between the modes: how jobs come to the workers, and what the end of a worker means for its jobs. */
export interface Intake {
  /** How many jobs the master itself wants now. */
  wanted(): number;
  /** How many of them its workers would begin at once. */
  idle(): number;
  onTaken(jobs: readonly TakenJob[]): void;
  /** The store has no more to give. */
  onDry(): void;
  onSettled(settled: readonly Settlement[], lost: readonly JobId[]): void;
  onReady(worker: WorkerHandle): void;
  onProgress(worker: WorkerHandle, failures: readonly Failure[]): void;
  /** The worker was asked to leave: what it has not begun goes to others. */
  onLeaving(worker: WorkerHandle): void;
  onLost(worker: WorkerHandle, exit: ChildExit): void | Promise<void>;
  /** Whether the worker has jobs whose deadlines are to be watched. */
  isBusy(worker: WorkerHandle): boolean;
  /** Moves jobs that wait in one worker to others that are idle. Called now and then while a worker is busy. */
  balance(): "even" | "uneven";
  /** Takes nothing new, and gives back what is not begun. */
  quiet(): void;
  /** Takes again. */
  continue(): void;
}
