/**
 * Where a job is in its life. `docs/states.md` draws it.
 *
 * - `delayed`: waits for its due time (pushed with a delay, or before a retry).
 * - `ready`: may be taken now.
 * - `active`: taken by an owner; its handler or its failure callback runs or is about to.
 * - `failed`: ended without success; kept with its attempts.
 * - `done`: ended well; counted, and kept only as long as its queue says.
 */
export const JOB_STATES = ["delayed", "ready", "active", "failed", "done"] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What a queue keeps of its jobs that are done. Beyond any of these bounds the oldest are dropped. */
export interface DoneBounds {
  readonly count?: number;
  /** Since they were done. */
  readonly ageMs?: number;
  /** Of their envelopes and records. */
  readonly bytes?: number;
}

/** Which process takes jobs of a queue, and so how the ready ones are kept. */
export type Mode = "distribute" | "grab";

/**
 * Classes of ready jobs, first to last. Within a class, jobs are taken in the order in which they became ready.
 * Jobs that were given back (their owner died or stopped) stand before all others: they have waited once already.
 */
export const PRIORITIES = ["high", "normal", "low"] as const;
export type Priority = (typeof PRIORITIES)[number];
