/** The part of the border that shows jobs to people, and lets them act on these. */
import type { JobRecord } from "../job/attempt.ts";
import type { JobId } from "../job/id.ts";
import type { JobState, Mode } from "../job/state.ts";

export interface StoredJob {
  readonly id: JobId;
  readonly state: JobState;
  readonly envelope: string;
  readonly record?: JobRecord;
  /** How often the job lost its owner without a fault that could be shown. */
  readonly interruptions: number;
  /** Milliseconds until it is due; only when `delayed`. */
  readonly dueInMs?: number;
  /** When it failed, ISO 8601; only when `failed`. */
  readonly failedAt?: string;
  /** When it was done, ISO 8601; only when `done`. */
  readonly doneAt?: string;
}

export interface QueueCounts {
  readonly mode: Mode;
  readonly paused: boolean;
  /** Jobs ever pushed, and ever done. */
  readonly pushed: number;
  readonly done: number;
  readonly ready: number;
  readonly delayed: number;
  /** Taken ones, with those whose failure callback runs. */
  readonly active: number;
  readonly failed: number;
  /** Those of the done ones that are kept. */
  readonly kept: number;
  /** Milliseconds that the oldest ready job has waited since it became ready, or undefined when none is ready. */
  readonly oldestMs: number | undefined;
}

export interface Page {
  readonly jobs: readonly StoredJob[];
  /** Where the next page begins; undefined when this is the last. */
  readonly next: string | undefined;
}

export interface OperatorStore {
  /** Every queue that was ever pushed to or registered, by name. */
  queues(): Promise<readonly string[]>;
  counts(queue: string): Promise<QueueCounts>;
  /**
   * Reads jobs of one state, from `cursor` or the beginning: `failed` and `done` ones newest first, others oldest first.
   * Changes nothing.
   */
  list(queue: string, state: Exclude<JobState, "active">, limit: number, cursor?: string): Promise<Page>;
  /** Makes failed jobs `ready` with a clean record. Returns the ids that were failed and now are ready. May be repeated. */
  retry(queue: string, ids: readonly JobId[]): Promise<readonly JobId[]>;
  /** Deletes jobs that are not active. Returns the ids that were there and now are gone. May be repeated. */
  remove(queue: string, ids: readonly JobId[]): Promise<readonly JobId[]>;
  /**
   * Deletes up to `limit` jobs that are not active, and returns how many; 0 means there are none left. Counters of
   * what was pushed and done go on. May be repeated.
   */
  clean(queue: string, limit: number): Promise<number>;
  /** While a queue is paused nothing is taken from it; what runs goes on. May be repeated. */
  pause(queue: string, paused: "paused" | "running"): Promise<void>;
}
