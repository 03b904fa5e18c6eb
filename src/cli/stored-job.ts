import type { StoredJob } from "../driver/driver.ts";
import { type ErrorReport, isMpqError } from "../errors.ts";
import { type Attempt, type FailureType, type Outcome, type Phase, failureType } from "../job/attempt.ts";
import type { JobData } from "../job/data.ts";
import { type OpenedEnvelope, openEnvelope } from "../job/envelope.ts";
import { withInterruptions } from "../job/interruption.ts";
import type { RetryDelayOption } from "../job/job.ts";
import type { RetryDelay } from "../job/retry.ts";
import type { JobState } from "../job/state.ts";

/** A failed job as `queue:failed --json` prints it. */
export interface FailedJob {
  readonly id: string;
  readonly queue: string;
  /** Null when the job cannot be read; `queue:show` says why. */
  readonly name: string | null;
  readonly data: JobData | null;
  readonly type: FailureType;
  readonly failedAt: string;
  readonly attempts: readonly ShownAttempt[];
}

/** A job that is done and kept, as `queue:done --json` prints it. */
export interface DoneJob extends Omit<FailedJob, "type" | "failedAt"> {
  readonly doneAt: string;
}

export interface ShownAttempt {
  readonly outcome: Outcome;
  readonly error: ShownError;
  /** Null, as the two below, where nobody was left to say it. */
  readonly startedAt: string | null;
  readonly seconds: number | null;
  readonly worker: string | null;
}

export interface ShownError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
}

/** Everything that is known of a job, as `queue:show --json` prints it. Durations are in seconds. */
export interface ShownJob extends Omit<FailedJob, "type" | "failedAt"> {
  readonly state: JobState;
  /** Until it is due; null unless it is delayed. */
  readonly dueIn: number | null;
  /** Null unless it has failed, as `failedAt`. */
  readonly type: FailureType | null;
  readonly failedAt: string | null;
  /** Null unless it is done. */
  readonly doneAt: string | null;
  /** `failing` once its handler will not run again, only its failure callback. */
  readonly phase: Phase;
  readonly callbackError: ShownError | null;
  /** What it does when a run fails; null when the job cannot be read. */
  readonly policy: ShownPolicy | null;
  /** Why the job cannot be read; null when it can. */
  readonly problem: string | null;
}

export interface ShownPolicy {
  readonly timeout: number;
  readonly retries: number;
  readonly retryDelay: RetryDelayOption;
  readonly retryOnTimeout: boolean;
}

export function failedJobOf(queue: string, stored: StoredJob): FailedJob {
  const { id, failedAt = "" } = stored;
  const { name, data } = readEnvelope(stored.envelope);
  return { id, queue, name, data, type: typeOf(stored), failedAt, attempts: attemptsOf(stored) };
}

export function doneJobOf(queue: string, stored: StoredJob): DoneJob {
  const { id, doneAt = "" } = stored;
  const { name, data } = readEnvelope(stored.envelope);
  return { id, queue, name, data, doneAt, attempts: attemptsOf(stored) };
}

export function shownJobOf(queue: string, stored: StoredJob): ShownJob {
  const { id, state, dueInMs, record } = stored;
  const { name, data, policy, problem } = readEnvelope(stored.envelope);
  return {
    id,
    queue,
    state,
    name,
    data,
    policy,
    dueIn: dueInMs === undefined ? null : dueInMs / 1000,
    type: state === "failed" ? typeOf(stored) : null,
    failedAt: stored.failedAt ?? null,
    doneAt: stored.doneAt ?? null,
    phase: record?.phase ?? "running",
    callbackError: record?.callbackError === undefined ? null : errorOf(record.callbackError),
    attempts: attemptsOf(stored),
    problem,
  };
}

function typeOf({ record }: StoredJob): FailureType {
  return record === undefined ? "error" : failureType(record);
}

function attemptsOf({ record, interruptions }: StoredJob): readonly ShownAttempt[] {
  return (withInterruptions(record, interruptions)?.attempts ?? []).map(attemptOf);
}

function attemptOf({ outcome, error, startedAt, seconds, worker }: Attempt): ShownAttempt {
  const known = { startedAt: startedAt ?? null, seconds: seconds ?? null, worker: worker ?? null };
  return { outcome, error: errorOf(error), ...known };
}

function errorOf({ name, message, stack }: ErrorReport): ShownError {
  return { name, message, stack: stack ?? null };
}

type Read = Pick<ShownJob, "name" | "data" | "policy" | "problem">;

/** One job that cannot be read must not hide all the others. */
function readEnvelope(envelope: string): Read {
  try {
    const { name, data = null, policy } = openEnvelope(envelope);
    return { name, data, policy: policyOf(policy), problem: null };
  } catch (error) {
    if (!isMpqError(error)) throw error;
    return { name: null, data: null, policy: null, problem: error.message };
  }
}

function policyOf({ timeoutMs, retries, retryDelay, retryOnTimeout }: OpenedEnvelope["policy"]): ShownPolicy {
  return { timeout: timeoutMs / 1000, retries, retryDelay: delayOf(retryDelay), retryOnTimeout };
}

function delayOf(delay: RetryDelay): RetryDelayOption {
  if (typeof delay === "number") return delay / 1000;
  const { type, baseMs, maxMs, jitter } = delay;
  return { type, base: baseMs / 1000, max: maxMs / 1000, jitter };
}
