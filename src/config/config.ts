import type { Driver } from "../driver/driver.ts";
import { DEFAULT_MAX_SIZE } from "../job/data.ts";
import type { JobInfo, PolicyOptions } from "../job/job.ts";
import { DEFAULT_POLICY, type RunPolicy } from "../job/retry.ts";
import type { DoneBounds, Mode } from "../job/state.ts";
import type { Secrets } from "./secrets.ts";

/** What `mpq.config.ts` exports by default. `docs/configuration.md` has a row for each option. */
export interface Options {
  /** The service's name. Services on one host or one store need different ones. */
  readonly name?: string;
  /** The folder of the pid file, the control socket and the process boards. */
  readonly runDir?: string;
  /** Where jobs are kept: `sqlite(path)`, `redis(url)`, a URL, or a driver of your own. `MPQ_DRIVER_URL` stands over it. */
  readonly driver?: DriverSource | string;
  /** Files whose exports are the jobs that workers know, as glob patterns relative to the configuration file. */
  readonly jobs?: string | readonly string[];
  /** Runs in every worker before its first job. When it throws, the start fails with its error. */
  readonly onWorkerStart?: WorkerStart;
  /**
   * What signs jobs that are code, and verifies them: 16 characters or more. Of several, the first signs and all verify.
   * `MPQ_SECRET` when absent; else, beside an embedded store, one that is made on first use.
   */
  readonly secret?: string | readonly string[];
  readonly log?: LogOptions;
  readonly queues?: Readonly<Record<string, QueueOptions>>;
}

export interface LogOptions {
  /** The folder of the log files. When absent, `logs` for a service in the background; in the foreground there are no files. */
  readonly path?: string;
  /** The least that is logged. */
  readonly level?: LogLevel;
  /** `"json"` makes each line a JSON object, in files and on the console. */
  readonly format?: LogFormat;
  /** Takes the log in place of files and console: a reporter of consola. */
  readonly driver?: LogDriver;
  /** MB that a log file may reach. Then, and each midnight, the next one is begun. */
  readonly maxSize?: number;
  /** Log files that are kept beside the current one. With 0 the file is left to others: `SIGUSR2` opens it anew. */
  readonly maxFiles?: number;
}

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What may take the log: every reporter of consola does. It runs in the manage process. */
export interface LogDriver {
  log(entry: LogEntry, context: { readonly options: object }): unknown;
}

/** One entry of the log, as a reporter gets it. */
export interface LogEntry {
  readonly type: LogLevel;
  /** The level as consola counts: 0 is an error, 1 a warning, 3 info, 4 debug. */
  readonly level: number;
  readonly date: Date;
  /** Always empty. */
  readonly tag: string;
  /** The words, in which nothing steers a terminal. */
  args: unknown[];
  /** What is told, with its fields as they are. */
  readonly event: object;
}

/** The options of one queue. */
export interface QueueOptions extends PolicyOptions {
  /** Worker processes. */
  readonly workers?: number;
  /** Jobs that one worker process runs at once. */
  readonly concurrency?: number;
  readonly mode?: Mode;
  /** Longest time between two sweeps for due work, in seconds: a safety net, not the latency. */
  readonly pollInterval?: number;
  /** Seconds that running jobs get when the service stops; what is left then goes back to the queue. */
  readonly stopTimeout?: number;
  /** MB of its own memory that a worker may use before it is replaced after its job; 0 sets no limit. */
  readonly memoryLimit?: number;
  /** Jobs after which a worker is replaced. */
  readonly maxJobs?: number;
  /** Seconds after which a worker is replaced, after its job. */
  readonly maxAge?: number;
  /** Jobs handed to a worker ahead of time: `"auto"` follows how long jobs take. */
  readonly prefetch?: "auto" | number;
  /** Bytes of data that a job may have. */
  readonly maxSize?: number;
  /** Failed jobs that are kept; beyond it the oldest are dropped. */
  readonly keepFailed?: number;
  /** Jobs that are done and kept: so many, or within these bounds. None when absent. */
  readonly keepDone?: number | KeepDone;
  readonly onWorkerStart?: WorkerStart;
  /** Runs when a job of this queue timed out or used up its retries, unless the job's own callback took care of it. */
  readonly onFailed?: QueueFailureCallback;
}

/** Bounds on the jobs that are done and kept. Beyond any of them the oldest are dropped. */
export interface KeepDone {
  readonly count?: number;
  /** Seconds since they were done. */
  readonly age?: number;
  /** Bytes of what they hold: name, data and policy, and the attempts that did not succeed. */
  readonly bytes?: number;
}

export type WorkerStart = () => unknown;
export type QueueFailureCallback = (job: JobInfo, error: Error) => unknown;

/** Something that opens a driver: what `sqlite()` and `redis()` return. A driver itself will do as well. */
export type DriverSource = DriverOpener | Driver;

export interface DriverOpener {
  /** Names the store in messages, without secrets. */
  readonly label: string;
  /** Where a secret for jobs that are code may be kept, made on first use: beside a store that only this host has. */
  readonly secretFile?: string;
  /** Opens the store. A process calls it once. */
  open(): Promise<Driver>;
}

/** The configuration as the rest of mpq knows it: complete, valid, frozen; durations in milliseconds. */
export interface Config {
  /** The file that it came from; undefined when there is none. */
  readonly file: string | undefined;
  /** Relative paths and patterns start here: the file's folder, else the working directory. */
  readonly folder: string;
  readonly name: string;
  readonly runDir: string;
  readonly driver: DriverSource;
  readonly jobs: readonly string[];
  readonly onWorkerStart: WorkerStart | undefined;
  readonly secrets: Secrets;
  readonly log: LogConfig;
  readonly queues: ReadonlyMap<string, QueueConfig>;
}

export interface LogConfig {
  readonly path: string | undefined;
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly driver: LogDriver | undefined;
  readonly maxSizeBytes: number;
  readonly maxFiles: number;
}

export interface QueueConfig {
  readonly name: string;
  readonly workers: number;
  readonly concurrency: number;
  readonly mode: Mode;
  readonly policy: RunPolicy;
  readonly pollIntervalMs: number;
  readonly stopTimeoutMs: number;
  readonly memoryLimitBytes: number;
  readonly maxJobs: number | undefined;
  readonly maxAgeMs: number | undefined;
  readonly prefetch: "auto" | number;
  readonly maxSize: number;
  readonly keepFailed: number;
  readonly keepDone: DoneBounds | undefined;
  readonly onWorkerStart: WorkerStart | undefined;
  readonly onFailed: QueueFailureCallback | undefined;
}

/** What of a queue's configuration is no code: it can be told to another process. */
export type QueueValues = Omit<QueueConfig, "onWorkerStart" | "onFailed">;

export function valuesOf({ onWorkerStart: _start, onFailed: _failed, ...values }: QueueConfig): QueueValues {
  return values;
}

export const DEFAULT_NAME = "mpq";
export const DEFAULT_JOBS: readonly string[] = ["jobs/**/*.{ts,js,mjs}"];

/** A log for which the configuration says nothing. */
export const DEFAULT_LOG: LogConfig = {
  path: undefined,
  level: "info",
  format: "text",
  driver: undefined,
  maxSizeBytes: 10 * 1024 * 1024,
  maxFiles: 7,
};

/** A queue for which the configuration says nothing. */
export function defaultQueue(name: string): QueueConfig {
  return {
    name,
    workers: 3,
    concurrency: 1,
    mode: "distribute",
    policy: DEFAULT_POLICY,
    pollIntervalMs: 1_000,
    stopTimeoutMs: 30_000,
    memoryLimitBytes: 256 * 1024 * 1024,
    maxJobs: undefined,
    maxAgeMs: undefined,
    prefetch: "auto",
    maxSize: DEFAULT_MAX_SIZE,
    keepFailed: 10_000,
    keepDone: undefined,
    onWorkerStart: undefined,
    onFailed: undefined,
  };
}

/** Types the configuration of `mpq.config.ts`. Returns it as it is. */
export function defineConfig(options: Options): Options {
  return options;
}
