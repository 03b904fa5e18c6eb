import { MpqError } from "../errors.ts";
import type { Attempt, FailureType } from "./attempt.ts";
import type { JobData } from "./data.ts";
import { FinalError } from "./final.ts";
import type { JobId } from "./id.ts";

/**
 * Marks job classes. The package that an application installed and the one inside the binary are two copies of this
 * file, so a class is known by this mark and never by `instanceof`.
 */
const BRAND: symbol = Symbol.for("mpq.job");

/** Where an instance keeps the context of its run; shared by all copies of this package, like the mark. */
const CONTEXT: symbol = Symbol.for("mpq.context");

/** What a handler is told of the run that it is. */
export interface JobContext {
  readonly id: JobId;
  readonly queue: string;
  readonly name: string;
  /** The number of this run, from 1. Grows with each failed run, so it can guard writes against a run that came late. */
  readonly attempt: number;
  /** Aborted when the run's time is over and when the service stops; shortly after, the process is killed. */
  readonly signal: AbortSignal;
  /** Makes a `FinalError` to throw, for code that cannot import it: `throw job.final("no such customer")`. */
  final(message: string, options?: ErrorOptions): FinalError;
}

/** What a failure callback is told. */
export interface JobInfo<Data extends JobData | undefined = JobData | undefined> {
  readonly id: JobId;
  readonly queue: string;
  readonly name: string;
  readonly data: Data;
  /** `"timeout"` when the last run took too long, `"error"` when it failed otherwise. */
  readonly type: FailureType;
  /** Every failed run, oldest first. */
  readonly attempts: readonly Attempt[];
  /** Aborted when the callback's own time is over. */
  readonly signal: AbortSignal;
}

/** A retry delay as users write it: seconds, or a backoff in seconds. */
export type RetryDelayOption = number | BackoffOption;

/** Doubles `base` seconds with each failed run up to `max` seconds; `jitter` (0 to 1) takes a random part of it away. */
export interface BackoffOption {
  readonly type: "exponential";
  readonly base: number;
  readonly max?: number;
  readonly jitter?: number;
}

/** The policy that a job class or a push may set; what is absent comes from the queue. */
export interface PolicyOptions {
  /** Seconds that a run may take, to the millisecond; 0 means any time. */
  readonly timeout?: number;
  /** Failed runs that are tried again. */
  readonly retries?: number;
  readonly retryDelay?: RetryDelayOption;
  readonly retryOnTimeout?: boolean;
}

/**
 * The base of job classes: extend it, give it a `handle`, export it from a file that `jobs` in the configuration names.
 *
 * Workers find the class by its `jobName`, else by the name that it is exported under.
 */
export abstract class Job<Data extends JobData | undefined = JobData> implements JobContext {
  /** The name that the job is pushed and found by, where the class's own name will not do. */
  static jobName?: string;
  static timeout?: number;
  static retries?: number;
  static retryDelay?: RetryDelayOption;
  static retryOnTimeout?: boolean;

  readonly data: Data;

  get id(): JobId {
    return contextOf(this).id;
  }

  get queue(): string {
    return contextOf(this).queue;
  }

  get name(): string {
    return contextOf(this).name;
  }

  get attempt(): number {
    return contextOf(this).attempt;
  }

  get signal(): AbortSignal {
    return contextOf(this).signal;
  }

  final(message: string, options?: ErrorOptions): FinalError {
    return new FinalError(message, options);
  }

  constructor(...data: undefined extends Data ? [data?: Data] : [data: Data]) {
    this.data = data[0] as Data;
  }

  /** Does the work. The job is done when it returns, and failed when it throws. */
  abstract handle(): unknown;

  /**
   * Runs when the job timed out or used up its retries. Return `false` to let the queue's `onFailed` run as well.
   * When its process dies, another worker runs it again.
   */
  onFailed?(job: JobInfo<Data>, error: Error): unknown;
}

// On the base alone: classes inherit from the class that they extend, the mark with the rest.
Object.defineProperty(Job, BRAND, { value: true });

/** Gives an instance the context of its run; a worker does this before it calls the instance's methods. */
export function setContext(job: object, context: JobContext): void {
  Reflect.set(job, CONTEXT, context);
}

function contextOf(job: object): JobContext {
  const context: unknown = Reflect.get(job, CONTEXT);
  if (context !== undefined) return context as JobContext;
  throw new MpqError(
    "JOB_INVALID",
    "this job does not run: id, queue, name, attempt and signal are known only while a worker runs it",
  );
}

/** A job class as it is pushed: its static fields, and how to make one. */
export interface JobClass<Data extends JobData | undefined = JobData | undefined> extends PolicyOptions {
  new (data: Data): Job<Data>;
  readonly name: string;
  readonly jobName?: string;
}

/** A plain function as a handler. */
export type JobFunction<Data extends JobData | undefined = JobData | undefined> = (
  data: Data,
  job: JobContext,
) => unknown;

/** Tells whether a value is a job class, of whichever copy of this package. */
export function isJobClass(value: unknown): value is JobClass {
  return typeof value === "function" && Reflect.get(value, BRAND) === true;
}

/** Tells whether a value is an instance of a job class. */
export function isJobInstance(value: unknown): value is Job {
  return typeof value === "object" && value !== null && isJobClass(value.constructor);
}
