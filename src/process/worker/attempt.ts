import type { QueueFailureCallback } from "../../config/config.ts";
import type { JobRegistry, RegisteredJob } from "../../config/job-registry.ts";
import { type ErrorCode, type ErrorReport, MpqError, isMpqError, reportOf } from "../../errors.ts";
import { type JobRecord, NEW_RECORD, attemptNumber, failureType } from "../../job/attempt.ts";
import type { JobData } from "../../job/data.ts";
import { type OpenedCode, type OpenedEnvelope, openEnvelope } from "../../job/envelope.ts";
import { FinalError, isFinal } from "../../job/final.ts";
import { type JobClass, type JobContext, type JobInfo, setContext } from "../../job/job.ts";
import type { HandedJob } from "../handed-jobs.ts";
import type { AbortReason, FailureOutcome } from "../protocol.ts";
import type { PushedCode } from "./pushed-code.ts";

/** How a run ended, as far as its own process can tell. */
export type Attempted = { readonly how: "done" } | FailedAttempt;

export interface FailedAttempt {
  readonly how: "failed";
  readonly outcome: FailureOutcome;
  readonly error: ErrorReport;
  /** Another try is not wanted, or could not end otherwise. */
  readonly final: boolean;
}

/** One run that is about to be. */
export interface Run {
  readonly timeoutMs: number;
  execute(): Promise<Attempted>;
  abort(reason: AbortReason): void;
}

/** Refusals that another try would meet again. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["JOB_INVALID", "SIGNATURE_INVALID"]);
const DONE: Attempted = { how: "done" };

/** Turns what the store holds into a call of the user's code: of the handler, or of the failure callbacks. */
export class AttemptRunner {
  readonly #queue: string;
  readonly #jobs: JobRegistry;
  readonly #code: PushedCode;
  readonly #onFailed: QueueFailureCallback | undefined;

  constructor(queue: string, jobs: JobRegistry, code: PushedCode, onFailed: QueueFailureCallback | undefined) {
    this.#queue = queue;
    this.#jobs = jobs;
    this.#code = code;
    this.#onFailed = onFailed;
  }

  /** Reads the job. Never throws: what cannot be read fails when it is executed. */
  prepare(job: HandedJob): Run {
    try {
      return this.#prepare(job, openEnvelope(job.envelope));
    } catch (error) {
      return { timeoutMs: 0, execute: async () => failure("error", error, true), abort: () => undefined };
    }
  }

  #prepare(job: HandedJob, envelope: OpenedEnvelope): Run {
    const record = job.record ?? NEW_RECORD;
    const context = new RunContext(job.id, this.#queue, envelope.name, attemptNumber(record));
    const call =
      record.phase === "failing"
        ? (): unknown => this.#callBack(envelope, record, context)
        : (): unknown => this.#handle(envelope, context);
    return {
      timeoutMs: envelope.policy.timeoutMs,
      execute: () => attempt(call, context),
      abort: (reason) => context.abort(reason),
    };
  }

  #handle(envelope: OpenedEnvelope, context: RunContext): unknown {
    if (envelope.code !== undefined) return this.#runCode(envelope, envelope.code, context);
    const handler = this.#find(envelope.name);
    if (handler.kind === "function") return handler.run(envelope.data, context);
    return instance(handler.class, envelope.data, context).handle();
  }

  #runCode({ data }: OpenedEnvelope, code: OpenedCode, context: RunContext): unknown {
    const { queue, id, name } = context;
    return this.#code.find({ queue, id, name, data, ...code })(data, context);
  }

  /** The job's own callback, and the queue's when that one returned `false` or there is none. */
  async #callBack(envelope: OpenedEnvelope, record: JobRecord, context: RunContext): Promise<void> {
    const { id, queue, name, signal } = context;
    const type = failureType(record);
    const info: JobInfo = { id, queue, name, data: envelope.data, type, attempts: record.attempts, signal };
    const error = lastError(record);
    // Code has no callback of its own, not even where a class has its name.
    const handler = envelope.code === undefined ? this.#jobs.find(envelope.name) : undefined;
    if (handler?.kind === "class") {
      const job = instance(handler.class, envelope.data, context);
      if (job.onFailed !== undefined && (await job.onFailed(info, error)) !== false) return;
    }
    await this.#onFailed?.(info, error);
  }

  #find(name: string): RegisteredJob {
    const handler = this.#jobs.find(name);
    if (handler !== undefined) return handler;
    const known = this.#jobs.names();
    const list =
      known.length === 0 ? "this service knows no jobs" : `this service knows ${known.slice(0, 20).join(", ")}`;
    throw new MpqError("JOB_UNKNOWN", `no file that "jobs" names exports ${JSON.stringify(name)}; ${list}`);
  }
}

/** The context of one run. Its signal is made when the handler asks for it: most never do. */
class RunContext implements JobContext {
  readonly id: string;
  readonly queue: string;
  readonly name: string;
  readonly attempt: number;
  #controller: AbortController | undefined;
  /** What a run that throws now has met: its own error, or the end of its time or of the service. */
  outcome: FailureOutcome = "error";

  constructor(id: string, queue: string, name: string, attempt: number) {
    this.id = id;
    this.queue = queue;
    this.name = name;
    this.attempt = attempt;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  final(message: string, options?: ErrorOptions): FinalError {
    return new FinalError(message, options);
  }

  abort(reason: AbortReason): void {
    this.outcome = reason === "timeout" ? "timeout" : "released";
    this.#controller ??= new AbortController();
    const why = reason === "timeout" ? "the run took longer than its timeout" : "the service stops";
    this.#controller.abort(new DOMException(why, reason === "timeout" ? "TimeoutError" : "AbortError"));
  }
}

async function attempt(call: () => unknown, context: RunContext): Promise<Attempted> {
  try {
    await call();
    return DONE;
  } catch (error) {
    const final = isFinal(error) || (isMpqError(error) && HOPELESS.has(error.code));
    // Who decides for good while the service stops was not cut short by that.
    const outcome = final && context.outcome === "released" ? "error" : context.outcome;
    return failure(outcome, error, final);
  }
}

function failure(outcome: FailureOutcome, error: unknown, final: boolean): FailedAttempt {
  return { how: "failed", outcome, error: reportOf(error), final };
}

function instance(type: JobClass, data: JobData | undefined, context: RunContext): InstanceType<JobClass> {
  const job = new type(data);
  setContext(job, context);
  return job;
}

/** The last run's error, as the callback gets it: with its name, message and stack, though of another process. */
function lastError(record: JobRecord): Error {
  const report = record.attempts.at(-1)?.error ?? { name: "Error", message: "the run failed" };
  const error = new Error(report.message);
  error.name = report.name;
  if (report.stack !== undefined) error.stack = report.stack;
  return error;
}
