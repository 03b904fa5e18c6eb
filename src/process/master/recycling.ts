import type { QueueValues } from "../../config/config.ts";

/** What a worker may use and do before another takes its place. 0 and undefined set no limit. */
export type WorkerLimits = Pick<QueueValues, "memoryLimitBytes" | "maxJobs" | "maxAgeMs">;

/** A worker that uses so many times its limit while a job runs is killed at once: waiting would cost the host. */
const KILL_FACTOR = 2;
/** A worker that uses so much of its limit before its first job leaves its jobs little. */
const NEAR = 0.8;

/** What a worker has done and uses now. */
export interface WorkerUse {
  readonly finished: number;
  readonly ageMs: number;
  readonly memory: number;
  readonly busy: boolean;
}

export type Recycling = "keep" | "renew" | "kill" | "warn";

/** Decides what to do with a worker. One that uses too much before it did anything would only be replaced by its like. */
export function recycling(limits: WorkerLimits, use: WorkerUse): Recycling {
  const limit = limits.memoryLimitBytes;
  if (limit > 0 && use.busy && use.memory > limit * KILL_FACTOR) return "kill";
  if (use.finished === 0) return limit > 0 && !use.busy && use.memory > limit * NEAR ? "warn" : "keep";
  if (limit > 0 && use.memory > limit) return "renew";
  if (limits.maxJobs !== undefined && use.finished >= limits.maxJobs) return "renew";
  if (limits.maxAgeMs !== undefined && use.ageMs >= limits.maxAgeMs) return "renew";
  return "keep";
}
