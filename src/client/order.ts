import { MpqError } from "../errors.ts";
import { encodeData, isJobData, type JobData } from "../job/data.ts";
import { EXPECTED_ID, isJobId, type JobId, newJobId } from "../job/id.ts";
import { type PartialPolicy, type Place, readPolicy, readSeconds, refuse, show } from "../job/policy.ts";
import { PRIORITIES, type Priority } from "../job/state.ts";
import { type NamedJob, nameJob } from "./job-kinds.ts";
import type { PushOptions } from "./pushable.ts";

/** A job that is to be pushed, read and checked; only what its queue says of it is still open. */
export interface Order {
  readonly id: JobId;
  /** The pusher chose the id, so the queue may hold it. */
  readonly mayBeKnown: boolean;
  readonly name: string;
  /** The data as JSON. */
  readonly data: string | undefined;
  /** The source, when the job is code. */
  readonly source: string | undefined;
  /** Bytes of the data and the source. */
  readonly bytes: number;
  readonly delayMs: number;
  readonly priority: Priority;
  /** What the push and the job's class say. */
  readonly policy: PartialPolicy | undefined;
}

/** A push as its caller wrote it. `how` is the delay in seconds, or options. */
export interface Request {
  readonly job: unknown;
  readonly data: unknown;
  readonly how: unknown;
}

const OPTIONS: Place = { code: "USAGE", where: "options" };
const OPTION_NAMES: ReadonlySet<string> = new Set<keyof PushOptions>([
  "delay",
  "timeout",
  "retries",
  "retryDelay",
  "retryOnTimeout",
  "id",
  "priority",
]);
const NO_OPTIONS: PushOptions = {};

/** Sorts the arguments of `Queue.push`: a number in third place is the delay. */
export function requestOf(job: unknown, third: unknown, fourth: unknown): Request {
  if (typeof third !== "number") return { job, data: third, how: fourth };
  if (fourth === undefined) return { job, data: undefined, how: third };
  throw new MpqError(
    "USAGE",
    `the third argument of push is ${third}, the delay, and the fourth is ${show(fourth)}; ` +
      `expected nothing after the delay: give both as options, (queue, job, undefined, { delay: ${third}, … })`,
  );
}

/**
 * Reads one push. Throws `JOB_INVALID` for the job, its class or its data, `DATA_NOT_JSON` for what its data holds, and
 * `USAGE` for its options. The data is turned into JSON here, so what its owner does to it later does not matter.
 */
export function readOrder(request: Request): Order {
  const job = nameJob(request.job);
  const options = readOptions(request.how);
  const data = readData(job, request.data);
  const json = data === undefined ? undefined : encodeData(data);
  return {
    id: readId(options.id),
    mayBeKnown: options.id !== undefined,
    name: job.name,
    data: json,
    source: job.source,
    bytes: bytesOf(json) + bytesOf(job.source),
    delayMs: options.delay === undefined ? 0 : readSeconds(options.delay, "delay", OPTIONS),
    priority: readPriority(options.priority),
    policy: policyOf(job, options),
  };
}

function bytesOf(text: string | undefined): number {
  return text === undefined ? 0 : Buffer.byteLength(text);
}

function readOptions(how: unknown): PushOptions {
  if (how === undefined) return NO_OPTIONS;
  if (typeof how === "number") return { delay: how };
  if (!isJobData(how)) {
    throw new MpqError("USAGE", `the last argument of push is ${show(how)}; expected seconds of delay, or options`);
  }
  for (const key of Object.keys(how)) {
    if (OPTION_NAMES.has(key)) continue;
    throw new MpqError("USAGE", `options.${key} is no option of push; expected ${[...OPTION_NAMES].join(", ")}`);
  }
  return how;
}

function readData(job: NamedJob, given: unknown): JobData | undefined {
  if (job.instance !== undefined && given !== undefined) {
    throw new MpqError(
      "JOB_INVALID",
      `an instance of ${job.name} was pushed with ${show(given)} as its data; expected no other data than its own: ` +
        "give options as the fourth argument, after undefined",
    );
  }
  const data = job.instance === undefined ? given : job.instance.data;
  if (data === undefined || isJobData(data)) return data;
  throw new MpqError("JOB_INVALID", `the data of ${job.name} is ${show(data)}; expected a plain object, or nothing`);
}

function readId(id: unknown): JobId {
  if (id === undefined) return newJobId();
  if (typeof id === "string" && isJobId(id)) return id;
  throw refuse(OPTIONS, "id", EXPECTED_ID, id);
}

function readPriority(priority: unknown): Priority {
  if (priority === undefined) return "normal";
  const known = PRIORITIES.find((each) => each === priority);
  if (known !== undefined) return known;
  throw refuse(OPTIONS, "priority", PRIORITIES.map(show).join(", "), priority);
}

function policyOf(job: NamedJob, options: PushOptions): PartialPolicy | undefined {
  const own = options === NO_OPTIONS ? undefined : readPolicy(options, OPTIONS);
  if (job.jobClass === undefined) return own;
  const ofClass = readPolicy(job.jobClass, { code: "JOB_INVALID", where: job.name });
  return own === undefined || ofClass === undefined ? (own ?? ofClass) : { ...ofClass, ...own };
}
