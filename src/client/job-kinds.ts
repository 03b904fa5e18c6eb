import { EXPECTED_NAME, isName } from "../config/read.ts";
import { MpqError } from "../errors.ts";
import { isJobClass, isJobInstance, type PolicyOptions } from "../job/job.ts";
import { show } from "../job/policy.ts";
import { sourceOf } from "./function-source.ts";
import { inlined } from "./inline.ts";

/** A job that is pushed, by whatever it was given: the name that workers find it by, and what comes with it. */
export interface NamedJob {
  readonly name: string;
  /** The job class, whose static fields are its policy; absent when only the name is known. */
  readonly jobClass?: PolicyOptions;
  /** The data inside, when a job instance was given. */
  readonly instance?: { readonly data: unknown };
  /** The source, when the job is code. */
  readonly source?: string;
}

const KINDS = "a Job class, an instance of one, the name of a job, a function, or a static method as [Class, name]";

/** What a function without a name is called where jobs are listed. */
const ANONYMOUS = "anonymous";

/**
 * Tells by which name a job travels, and with which source. Throws `JOB_INVALID` for what has no name, and for a function
 * that cannot travel as source.
 */
export function nameJob(job: unknown): NamedJob {
  if (typeof job === "string") return { name: checkName(job, job) };
  if (isJobClass(job)) return { name: checkName(job.jobName ?? job.name, job), jobClass: job };
  const handler = inlined(job) ?? job;
  if (typeof handler === "function" && (handler !== job || handler.name === "")) return nameCode(handler);
  if (typeof job === "function") return { name: functionName(job) };
  if (Array.isArray(job)) return { name: methodName(job) };
  if (isJobInstance(job)) return { ...nameJob(job.constructor), instance: job };
  throw new MpqError("JOB_INVALID", `the job is ${show(job)}; expected ${KINDS}`);
}

function checkName(name: unknown, job: unknown): string {
  if (typeof name === "string" && isName(name)) return name;
  throw new MpqError(
    "JOB_INVALID",
    `the job ${show(job)} has the name ${show(name)}; expected ${EXPECTED_NAME}` +
      (typeof job === "function" ? "; give the class a name or a static jobName" : ""),
  );
}

function nameCode(handler: { readonly name: string }): NamedJob {
  const { name } = handler;
  return { name: isName(name) ? name : ANONYMOUS, source: sourceOf(handler, show(handler)) };
}

function functionName(job: { readonly name: string }): string {
  const { name } = job;
  if (name !== "" && name !== "default" && !name.startsWith("bound ")) return checkName(name, job);
  throw new MpqError(
    "JOB_INVALID",
    `the job is ${show(job)}, which workers cannot find by its name; ` +
      "export it by a name of its own from a file in the jobs folder and push that, or push inline(it) to send its source",
  );
}

function methodName(job: readonly unknown[]): string {
  const [owner, method] = job;
  if (job.length !== 2 || typeof owner !== "function" || typeof method !== "string") {
    throw new MpqError(
      "JOB_INVALID",
      `the job is an array of ${job.map(show).join(", ") || "nothing"}; expected [Class, "method"]`,
    );
  }
  if (typeof Reflect.get(owner, method) !== "function") {
    throw new MpqError("JOB_INVALID", `${owner.name || "the class"} has no static method ${show(method)}`);
  }
  return `${functionName(owner)}.${method}`;
}
