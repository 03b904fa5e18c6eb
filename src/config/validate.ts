import { driverFromUrl } from "../driver/open.ts";
import { MpqError, isMpqError } from "../errors.ts";
import type { PolicyOptions } from "../job/job.ts";
import { readPolicy } from "../job/policy.ts";
import { DEFAULT_POLICY, type RunPolicy } from "../job/retry.ts";
import {
  type Config,
  DEFAULT_JOBS,
  DEFAULT_LOG,
  DEFAULT_NAME,
  type DriverSource,
  LOG_FORMATS,
  LOG_LEVELS,
  type LogConfig,
  type LogDriver,
  type QueueConfig,
  type QueueFailureCallback,
  type WorkerStart,
  defaultQueue,
} from "./config.ts";
import { readKeepDone } from "./keep-done.ts";
import { LOG_OPTIONS, OPTIONS, QUEUE_OPTIONS, refuseUnknown } from "./options.ts";
import * as read from "./read.ts";
import { readSecret } from "./secrets.ts";
import { Section } from "./section.ts";

/** A valid configuration, before what depends on this machine and its environment is filled in. */
export interface Settings extends Pick<Config, "name" | "jobs" | "onWorkerStart" | "log" | "queues"> {
  readonly runDir: string | undefined;
  readonly driver: DriverSource | undefined;
  readonly secret: readonly string[] | undefined;
}

/** Where options come from. */
export interface Source {
  /** Names it in the message. */
  readonly title: string;
  /** Where a relative path in the store's URL starts. */
  readonly folder: string;
}

/**
 * Reads what a configuration file exports.
 *
 * Throws one `CONFIG_INVALID` with a line for everything that is wrong.
 */
export function validate(options: unknown, { title, folder }: Source): Settings {
  const problems: string[] = [];
  const settings = readSettings(new Section(options, "", problems), folder);
  if (problems.length === 0) return settings;
  const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  throw new MpqError("CONFIG_INVALID", [`${title} has ${count}:`, ...problems].join("\n  "));
}

function readSettings(section: Section, folder: string): Settings {
  refuseUnknown(section, OPTIONS);
  return {
    name: section.read("name", read.name, DEFAULT_NAME),
    runDir: section.read("runDir", read.filledText, undefined),
    driver: section.read("driver", driverIn(folder), undefined),
    jobs: section.read("jobs", read.patterns, DEFAULT_JOBS),
    onWorkerStart: section.read("onWorkerStart", read.callback<WorkerStart>, undefined),
    secret: section.read("secret", readSecret, undefined),
    log: readLog(section.section("log")),
    queues: readQueues(section.section("queues")),
  };
}

function readLog(section: Section): LogConfig {
  refuseUnknown(section, LOG_OPTIONS);
  return {
    path: section.read("path", read.filledText, DEFAULT_LOG.path),
    level: section.read("level", read.oneOf(LOG_LEVELS), DEFAULT_LOG.level),
    format: section.read("format", read.oneOf(LOG_FORMATS), DEFAULT_LOG.format),
    driver: section.read("driver", readLogDriver, DEFAULT_LOG.driver),
    maxSizeBytes: section.read("maxSize", read.someMegabytesAsBytes, DEFAULT_LOG.maxSizeBytes),
    maxFiles: section.read("maxFiles", read.wholeNumber(0), DEFAULT_LOG.maxFiles),
  };
}

/** A service without queues in its configuration serves one of this name. */
const DEFAULT_QUEUE = "default";

function readQueues(section: Section): ReadonlyMap<string, QueueConfig> {
  const names = section.keys();
  if (names.length === 0) return new Map([[DEFAULT_QUEUE, Object.freeze(defaultQueue(DEFAULT_QUEUE))]]);
  for (const name of names) {
    if (!read.isName(name))
      section.note(`${section.pathOf(name)} will not do as a queue; expected ${read.EXPECTED_NAME}`);
  }
  return new Map(names.map((name) => [name, readQueue(name, section.section(name))]));
}

function readQueue(name: string, section: Section): QueueConfig {
  refuseUnknown(section, QUEUE_OPTIONS);
  const otherwise = defaultQueue(name);
  return Object.freeze({
    name,
    workers: section.read("workers", read.wholeNumber(1), otherwise.workers),
    concurrency: section.read("concurrency", read.wholeNumber(1), otherwise.concurrency),
    mode: section.read("mode", read.oneOf(["distribute", "grab"]), otherwise.mode),
    policy: readQueuePolicy(section),
    pollIntervalMs: section.read("pollInterval", read.secondsAsMs(0.001), otherwise.pollIntervalMs),
    stopTimeoutMs: section.read("stopTimeout", read.secondsAsMs(0), otherwise.stopTimeoutMs),
    memoryLimitBytes: section.read("memoryLimit", read.megabytesAsBytes, otherwise.memoryLimitBytes),
    maxJobs: section.read("maxJobs", read.wholeNumber(1), otherwise.maxJobs),
    maxAgeMs: section.read("maxAge", read.secondsAsMs(1), otherwise.maxAgeMs),
    prefetch: section.read("prefetch", readPrefetch, otherwise.prefetch),
    maxSize: section.read("maxSize", read.wholeNumber(1), otherwise.maxSize),
    keepFailed: section.read("keepFailed", read.wholeNumber(0), otherwise.keepFailed),
    keepDone: readKeepDone(section),
    onWorkerStart: section.read("onWorkerStart", read.callback<WorkerStart>, undefined),
    onFailed: section.read("onFailed", read.callback<QueueFailureCallback>, undefined),
  });
}

const POLICY_OPTIONS = [
  "timeout",
  "retries",
  "retryDelay",
  "retryOnTimeout",
] as const satisfies (keyof PolicyOptions)[];

/** Each option by itself, so that one that will not do hides no other. */
function readQueuePolicy(section: Section): RunPolicy {
  const place = { code: "CONFIG_INVALID", where: section.path } as const;
  const parts = POLICY_OPTIONS.map((key) => section.read(key, (value) => readPolicy({ [key]: value }, place), {}));
  return Object.freeze(Object.assign({ ...DEFAULT_POLICY }, ...parts) as RunPolicy);
}

function readPrefetch(value: unknown, path: string): "auto" | number {
  if (value === "auto") return value;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw read.refusal(path, '"auto" or a whole number, 0 or more', value);
}

function driverIn(folder: string): read.Reader<DriverSource> {
  return (value, path) => {
    if (typeof value === "string") return readUrl(value, path, folder);
    if (isDriverSource(value)) return value;
    throw read.refusal(path, "sqlite(path), redis(url), a URL, or a driver of your own", value);
  };
}

function readUrl(url: string, path: string, folder: string): DriverSource {
  try {
    return driverFromUrl(url, folder);
  } catch (error) {
    if (isMpqError(error)) throw new MpqError(error.code, `${path}: ${error.message}`, { cause: error });
    if (!(error instanceof URIError)) throw error;
    throw new MpqError("CONFIG_INVALID", `${path}: a "%" in it encodes nothing; expected "%25" for the sign itself`);
  }
}

function readLogDriver(value: unknown, path: string): LogDriver {
  if (hasMethod(value, "log")) return value as LogDriver;
  throw read.refusal(path, "a reporter of consola: an object with a function log(entry)", value);
}

/** An opener is known by `open`, a driver by what a pusher and a consumer call first. */
function isDriverSource(value: unknown): value is DriverSource {
  return hasMethod(value, "open") || (hasMethod(value, "push") && hasMethod(value, "exchange"));
}

function hasMethod(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, name) === "function";
}
