import type { ErrorReport } from "../errors.ts";
import { type RunPolicy, retryDelayMs } from "./retry.ts";

/**
 * How a run ended that did not succeed.
 *
 * - `error`: the handler threw. `timeout`: it ran longer than it may. `killed`: a signal ended its worker.
 *   `exit`: it ended its worker itself. `memory`: its worker used more than it may.
 * - `lease-lost`: its master or its host was gone or cut off. `released`: its worker was stopped before it was done.
 */
export type Outcome = "error" | "timeout" | "killed" | "exit" | "memory" | "lease-lost" | "released";

/** One run of a job that did not succeed, as it is kept with the job. */
export interface Attempt {
  readonly outcome: Outcome;
  readonly error: ErrorReport;
  /** ISO 8601, from the clock of the host that ran it. Absent, as what follows, where nobody was left to say it. */
  readonly startedAt?: string;
  readonly seconds?: number;
  /** The host and process that ran it, as `host:pid`. */
  readonly worker?: string;
}

/**
 * `running`: the handler is to run. `failing`: it will not run again; the failure callback is to run, under the same
 * lease, timeout and recovery.
 */
export type Phase = "running" | "failing";

/** What is known of a job beyond its envelope. A job that never failed has none. */
export interface JobRecord {
  readonly phase: Phase;
  readonly attempts: readonly Attempt[];
  /** How often the failure callback was begun and lost its process. */
  readonly callbackTries: number;
  /** Why the failure callback itself failed, when it did. */
  readonly callbackError?: ErrorReport;
}

export const NEW_RECORD: JobRecord = { phase: "running", attempts: [], callbackTries: 0 };

/** A failure callback whose process dies is begun again at most so often, so that a poisonous one ends. */
export const MAX_CALLBACK_TRIES = 3;

/** Outcomes that are not the job's fault use up no retry. */
const INNOCENT: ReadonlySet<Outcome> = new Set<Outcome>(["lease-lost", "released"]);

/** Outcomes after which the job runs again at once: its process died, so waiting would help nobody. */
const IMMEDIATE: ReadonlySet<Outcome> = new Set<Outcome>(["killed", "exit", "memory"]);

/** The number of the run that comes next, from 1. Handlers see it as `attempt`. */
export function attemptNumber(record: JobRecord): number {
  return failures(record) + 1;
}

function failures(record: JobRecord): number {
  // Nearly every job has none, and this is asked for each run.
  if (record.attempts.length === 0) return 0;
  return record.attempts.filter((attempt) => !INNOCENT.has(attempt.outcome)).length;
}

/** What the failure callback sees as `job.type`. */
export type FailureType = "error" | "timeout";

export function failureType(record: JobRecord): FailureType {
  return record.attempts.at(-1)?.outcome === "timeout" ? "timeout" : "error";
}

/** What becomes of a job after a run of it failed. */
export type Verdict =
  | { readonly next: "retry"; readonly delayMs: number; readonly record: JobRecord }
  | { readonly next: "failing"; readonly record: JobRecord };

/** How the run failed: its attempt, and whether the handler asked not to be tried again. */
export interface FailedRun {
  readonly attempt: Attempt;
  readonly final: boolean;
}

/** Decides what follows a failed run. Pure: `random` is the jitter's number from 0 up to 1. */
export function judge(policy: RunPolicy, before: JobRecord, run: FailedRun, random: number): Verdict {
  const record: JobRecord = { ...before, attempts: [...before.attempts, run.attempt] };
  const { outcome } = run.attempt;
  if (INNOCENT.has(outcome) && !run.final) return { next: "retry", delayMs: 0, record };
  const failed = failures(record);
  const retriable = !run.final && failed <= policy.retries && (outcome !== "timeout" || policy.retryOnTimeout);
  if (!retriable) return { next: "failing", record: { ...record, phase: "failing" } };
  const delayMs = IMMEDIATE.has(outcome) ? 0 : retryDelayMs(policy.retryDelay, failed, random);
  return { next: "retry", delayMs, record };
}
