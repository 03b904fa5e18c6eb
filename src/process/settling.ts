import type { Held, Settlement, TakenJob } from "../driver/driver.ts";
import { type ErrorReport, reportOf } from "../errors.ts";
import { type Attempt, type JobRecord, MAX_CALLBACK_TRIES, NEW_RECORD, type Outcome, judge } from "../job/attempt.ts";
import { openEnvelope } from "../job/envelope.ts";
import { EXPECTED_ID, isJobId } from "../job/id.ts";
import { takenForTheCause, withInterruptions } from "../job/interruption.ts";
import { DEFAULT_POLICY, type RunPolicy } from "../job/retry.ts";

/** Why a run did not succeed. */
export interface Cause {
  readonly outcome: Outcome;
  readonly error: ErrorReport;
}

/** How a run ended that did not succeed, as the process that saw it tells. */
export interface RunEnd extends Cause {
  /** Undefined when nobody knows any more. */
  readonly startedAt: Date | undefined;
  /** Undefined when nobody saw its end. */
  readonly ms: number | undefined;
  readonly worker: string;
  /** The handler asked not to be tried again. */
  readonly final: boolean;
}

/** A job as its taker begins with it: its record tells of the owners that it lost, which the store only counts. */
export function received(job: TakenJob): TakenJob {
  const record = withInterruptions(job.record, job.interruptions);
  return record === job.record || record === undefined ? job : { ...job, record };
}

/** What to tell the store of a job whose handler, or whose failure callback, returned. */
export function settleDone(job: TakenJob): Settlement {
  const held = { id: job.id, token: job.token };
  if (job.record?.phase !== "failing") return { ...held, kind: "done" };
  return { ...held, kind: "failed", record: job.record };
}

/** What to tell the store of a job that goes back as it came: its taker does not run it, or its run does not count. */
export function settleReleased({ id, token }: Held): Settlement {
  return { id, token, kind: "release" };
}

/** What to tell the store of a job whose handler, or whose failure callback, did not end well. */
export function settleFailed(job: TakenJob, end: RunEnd): Settlement {
  const record = job.record ?? NEW_RECORD;
  return record.phase === "failing" ? settleCallback(job, record, end) : settleRun(job, record, end);
}

/** The settlement of a job that is given up before it runs: it lost its owner too often, or cannot be named to a worker. */
export function settleIfDoomed(job: TakenJob): Settlement | undefined {
  if (!isJobId(job.id)) return settleUnnamed(job);
  const record = job.record === undefined ? undefined : takenForTheCause(job.record);
  return record === undefined ? undefined : { id: job.id, token: job.token, kind: "failing", record };
}

/** Ids that no client lets through have no place on a board or in a message, so not even the callback can run. */
function settleUnnamed({ id, token }: TakenJob): Settlement {
  const message = `the job's id is ${JSON.stringify(id.slice(0, 200))}; expected ${EXPECTED_ID}`;
  const attempts = [{ outcome: "error" as const, error: { name: "MpqError", message } }];
  return { id, token, kind: "failed", record: { ...NEW_RECORD, phase: "failing", attempts } };
}

function settleRun(job: TakenJob, record: JobRecord, end: RunEnd): Settlement {
  const held = { id: job.id, token: job.token };
  const opened = policyOf(job.envelope);
  const run = { attempt: attemptOf(end), final: end.final || opened.damaged };
  const verdict = judge(opened.policy, record, run, Math.random());
  return verdict.next === "retry"
    ? { ...held, kind: "retry", delayMs: verdict.delayMs, record: verdict.record }
    : { ...held, kind: "failing", record: verdict.record };
}

/** A callback that threw has run; one whose process died or was stopped is run again, so often and no more. */
function settleCallback(job: TakenJob, record: JobRecord, end: RunEnd): Settlement {
  if (end.outcome === "released") return settleReleased(job);
  const held = { id: job.id, token: job.token };
  const callbackTries = record.callbackTries + 1;
  const again = end.outcome !== "error" && end.outcome !== "timeout" && callbackTries < MAX_CALLBACK_TRIES;
  if (again) return { ...held, kind: "failing", record: { ...record, callbackTries } };
  return { ...held, kind: "failed", record: { ...record, callbackTries, callbackError: end.error } };
}

function attemptOf({ outcome, error, startedAt, ms, worker }: RunEnd): Attempt {
  return {
    outcome,
    error,
    ...(startedAt === undefined ? {} : { startedAt: startedAt.toISOString() }),
    ...(ms === undefined ? {} : { seconds: Math.round(ms) / 1000 }),
    worker,
  };
}

function policyOf(envelope: string): { readonly policy: RunPolicy; readonly damaged: boolean } {
  try {
    return { policy: openEnvelope(envelope).policy, damaged: false };
  } catch (error) {
    // The run that failed reports the damage; here it only means that another try would meet it again.
    return { policy: DEFAULT_POLICY, damaged: reportOf(error).message !== "" };
  }
}
