import { MpqError } from "../errors.ts";
import { isJobData, type JobData } from "./data.ts";
import { MAX_SECONDS } from "./policy.ts";
import type { RetryDelay, RunPolicy } from "./retry.ts";

/** The version of the envelope that this mpq writes. One that it does not know is kept as failed, never guessed at. */
const VERSION = 1;

/** What a pusher says of a job, once and for all. Stored as one string that nobody changes. */
export interface Envelope {
  /** The name that workers find the handler by. */
  readonly name: string;
  /** The data as JSON; absent when the job has none. */
  readonly data?: string;
  readonly policy: RunPolicy;
  /** A job that is code: its source, and the signature without which no worker runs it. */
  readonly code?: { readonly source: string; readonly signature: string };
}

/** The envelope as it is written. The names are short because each stands in the store once for every waiting job. */
interface Wire {
  v: number;
  /** name */
  n: string;
  /** timeout, ms */
  t: number;
  /** retries */
  r: number;
  /** delay before a retry */
  w: RetryDelay;
  /** 1: retried after a timeout as well */
  o?: 1;
  /** source, of a job that is code */
  s?: string;
  /** signature of a job that is code */
  g?: string;
  /** data */
  d?: JobData;
}

/** Writes an envelope. The data goes last and as it is, so that it is turned into JSON only once. */
export function encodeEnvelope(envelope: Envelope): string {
  const head = headOf(envelope);
  return envelope.data === undefined ? head : `${head.slice(0, -1)},"d":${envelope.data}}`;
}

/** The last head that was written. Of jobs that are pushed in a row most have the name and the terms of the one before. */
let last: { readonly name: string; readonly policy: RunPolicy; readonly head: string } | undefined;

function headOf({ name, policy, code }: Envelope): string {
  if (code === undefined && last !== undefined && last.name === name && last.policy === policy) return last.head;
  const wire: Wire = { v: VERSION, n: name, t: policy.timeoutMs, r: policy.retries, w: policy.retryDelay };
  if (policy.retryOnTimeout) wire.o = 1;
  if (code !== undefined) [wire.s, wire.g] = [code.source, code.signature];
  const head = JSON.stringify(wire);
  if (code === undefined) last = { name, policy, head };
  return head;
}

/** An envelope that was read: the same, with its data parsed. */
export interface OpenedEnvelope {
  readonly name: string;
  readonly data: JobData | undefined;
  readonly policy: RunPolicy;
  /** Present in a job that is code, whether it is signed or not. */
  readonly code?: OpenedCode;
}

export interface OpenedCode {
  readonly source: string;
  readonly signature: string | undefined;
}

/** Reads an envelope. Throws `JOB_INVALID` for what no mpq has written, or a later one than this. */
export function openEnvelope(text: string): OpenedEnvelope {
  const wire = parse(text);
  if (wire.v !== VERSION) {
    throw new MpqError(
      "JOB_INVALID",
      `the job's envelope has version ${String(wire.v)}, this mpq reads version ${VERSION}; upgrade the workers`,
    );
  }
  const { n: name, t: timeoutMs, r: retries, w: retryDelay, d: data } = wire;
  const whole = typeof name === "string" && isMs(timeoutMs) && isCount(retries) && isRetryDelay(retryDelay);
  if (!whole || !(data === undefined || isJobData(data))) {
    throw new MpqError("JOB_INVALID", `the job's envelope is damaged: ${text.slice(0, 200)}`);
  }
  const opened = { name, data, policy: { timeoutMs, retries, retryDelay, retryOnTimeout: wire.o === 1 } };
  return wire.s === undefined && wire.g === undefined ? opened : { ...opened, code: readCode(wire, text) };
}

function readCode({ s: source, g: signature }: Partial<Wire>, text: string): OpenedCode {
  const whole = typeof source === "string" && (signature === undefined || typeof signature === "string");
  if (!whole) throw new MpqError("JOB_INVALID", `the job's envelope is damaged: ${text.slice(0, 200)}`);
  return { source, signature };
}

function isRetryDelay(value: unknown): value is RetryDelay {
  if (isMs(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  const { type, baseMs, maxMs, jitter } = value as Record<string, unknown>;
  const isShare = typeof jitter === "number" && jitter >= 0 && jitter <= 1;
  return type === "exponential" && isMs(baseMs) && isMs(maxMs) && isShare;
}

/** A time that any store can keep; one that is longer was not written by a pusher. */
function isMs(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_SECONDS * 1000;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parse(text: string): Partial<Wire> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Partial<Wire>;
  } catch (cause) {
    throw new MpqError("JOB_INVALID", `the job's envelope is no JSON: ${text.slice(0, 200)}`, { cause });
  }
  throw new MpqError("JOB_INVALID", `the job's envelope is no JSON object: ${text.slice(0, 200)}`);
}
