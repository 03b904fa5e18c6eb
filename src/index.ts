/**
 * What applications import as `"multi-process-queue"`, on Bun and on Node 20 and later.
 *
 * @example
 * ```ts
 * import { Job, Queue, configure, sqlite } from "multi-process-queue";
 *
 * class SendMail extends Job<{ to: string }> {
 *   async handle() { console.log(`to ${this.data.to}`); }
 * }
 *
 * configure({ driver: sqlite("mpq.db") });
 * await Queue.push("mail", SendMail, { to: "a@example.com" }, { delay: 1.5, retries: 0 });
 * await Queue.close();
 * ```
 *
 * @module
 */

/** Puts jobs into queues. */
export { Queue } from "./client/queue.ts";
/** Sends a function that has a name as its source. */
export { inline } from "./client/inline.ts";
/** Says in code where jobs go and what they bring along. */
export { configure } from "./client/configure.ts";
/** The base of job classes. */
export { Job } from "./job/job.ts";
/** An error after which a job is not tried again. */
export { FinalError } from "./job/final.ts";
/** Types the configuration in `mpq.config.ts`. */
export { defineConfig } from "./config/config.ts";
/** Keeps jobs in an embedded SQLite file. */
export { sqlite } from "./driver/sqlite/sqlite.ts";
/** Keeps jobs in Redis 6.2 or later, or Valkey. */
export { redis } from "./driver/redis/redis.ts";
/** What every refusal of mpq is. */
export { MpqError } from "./errors.ts";
/** Tells whether an error is an `MpqError`, also one of another copy of this package. */
export { isMpqError } from "./errors.ts";

/** The closed list of what `MpqError.code` may be. */
export type { ErrorCode } from "./errors.ts";
/** What an error looks like once it has left its process. */
export type { ErrorReport } from "./errors.ts";
/** What a push may say of its job, and one job of `Queue.pushMany`. */
export type { PushItem, PushOptions } from "./client/pushable.ts";
/** What `configure` takes. */
export type { ClientOptions } from "./client/configure.ts";
/** What a handler and a failure callback are told, and what job classes and handlers look like. */
export type { JobClass, JobContext, JobFunction, JobInfo } from "./job/job.ts";
/** What a job class, a push and a queue may say of runs. */
export type { BackoffOption, PolicyOptions, RetryDelayOption } from "./job/job.ts";
/** A job's data and its id. */
export type { JobData } from "./job/data.ts";
export type { JobId } from "./job/id.ts";
/** A run that did not succeed, and how it ended. */
export type { Attempt, FailureType, Outcome } from "./job/attempt.ts";
/** What `mpq.config.ts` exports. */
export type {
  KeepDone,
  LogDriver,
  LogEntry,
  LogFormat,
  LogLevel,
  LogOptions,
  Options,
  QueueFailureCallback,
  QueueOptions,
  WorkerStart,
} from "./config/config.ts";
/** Where jobs are kept: what `sqlite` and `redis` return, and what a driver of your own must be. */
export type { DriverOpener, DriverSource } from "./config/config.ts";
export type * from "./driver/driver.ts";
