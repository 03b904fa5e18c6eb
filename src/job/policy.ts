import { type ErrorCode, MpqError } from "../errors.ts";
import type { BackoffOption, PolicyOptions, RetryDelayOption } from "./job.ts";
import type { RetryDelay, RunPolicy } from "./retry.ts";

/** What one side says of a job's policy; another one says the rest. */
export type PartialPolicy = Partial<RunPolicy>;

/** Where a value stands, as its writer would say it, and the code of its refusal. */
export interface Place {
  readonly code: ErrorCode;
  readonly where: string;
}

/** A backoff that names no ceiling stops growing here, in seconds. */
const DEFAULT_MAX_BACKOFF = 3_600;
/** A hundred years: whoever gives more has mistaken the unit. */
export const MAX_SECONDS: number = 100 * 365 * 86_400;

/** Reads the policy that a push, a job class or a queue sets, without what it leaves open. Throws with `place`'s code. */
export function readPolicy(options: PolicyOptions, place: Place): PartialPolicy | undefined {
  const { timeout, retries, retryDelay, retryOnTimeout } = options;
  if (timeout === undefined && retries === undefined && retryDelay === undefined && retryOnTimeout === undefined) {
    return undefined;
  }
  const policy: { -readonly [Key in keyof RunPolicy]?: RunPolicy[Key] } = {};
  if (timeout !== undefined) policy.timeoutMs = readSeconds(timeout, "timeout", place);
  if (retries !== undefined) policy.retries = readRetries(retries, place);
  if (retryDelay !== undefined) policy.retryDelay = readRetryDelay(retryDelay, place);
  if (retryOnTimeout !== undefined) policy.retryOnTimeout = readFlag(retryOnTimeout, place);
  return policy;
}

/** Turns seconds into milliseconds. Only 0 becomes 0, since 0 often has a meaning of its own. */
export function readSeconds(seconds: unknown, key: string, place: Place): number {
  if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= MAX_SECONDS)) {
    throw refuse(place, key, `seconds from 0 to ${MAX_SECONDS}`, seconds);
  }
  return seconds === 0 ? 0 : Math.max(1, Math.round(seconds * 1000));
}

/** A refusal that says where, what was expected and what was found. */
export function refuse(place: Place, key: string, expected: string, found: unknown): MpqError {
  return new MpqError(place.code, `${place.where}.${key} is ${show(found)}; expected ${expected}`);
}

/** Shows a value in a message, in a few words. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "function") return value.name === "" ? "an anonymous function" : `the function ${value.name}`;
  if (Array.isArray(value)) return "an array";
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? `${value}n` : String(value);
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "Object" && name !== "" ? `an instance of ${name}` : "an object";
}

function readRetries(retries: unknown, place: Place): number {
  if (typeof retries === "number" && Number.isSafeInteger(retries) && retries >= 0) return retries;
  throw refuse(place, "retries", "a whole number, 0 or more", retries);
}

function readFlag(flag: unknown, place: Place): boolean {
  if (typeof flag === "boolean") return flag;
  throw refuse(place, "retryOnTimeout", "true or false", flag);
}

function readRetryDelay(delay: RetryDelayOption, place: Place): RetryDelay {
  if (typeof delay === "number") return readSeconds(delay, "retryDelay", place);
  if (typeof delay !== "object" || delay === null || delay.type !== "exponential") {
    throw refuse(place, "retryDelay", 'seconds, or { type: "exponential", base, max?, jitter? }', delay);
  }
  return readBackoff(delay, place);
}

function readBackoff(backoff: BackoffOption, place: Place): RetryDelay {
  const { base, max = DEFAULT_MAX_BACKOFF, jitter = 0 } = backoff;
  if (typeof jitter !== "number" || !(jitter >= 0 && jitter <= 1)) {
    throw refuse(place, "retryDelay.jitter", "a number from 0 to 1", jitter);
  }
  const baseMs = readSeconds(base, "retryDelay.base", place);
  const maxMs = Math.max(baseMs, readSeconds(max, "retryDelay.max", place));
  return { type: "exponential", baseMs, maxMs, jitter };
}
