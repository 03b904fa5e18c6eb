import { MpqError } from "../errors.ts";
import { isJobData, type JobData } from "./data.ts";
import { MAX_SECONDS } from "./policy.ts";
import type { RetryDelay, RunPolicy } from "./retry.ts";

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

/**
 * The envelope as it is written. A list without names, since it stands in the store once for every waiting job; times are in
 * seconds, which is shorter. A later version will write an object that says which it is.
 */
type Wire = [
  name: string,
  timeout: number,
  retries: number,
  retryDelay: RetryDelay,
  /** 0 when the job has none. It may be missing where nothing follows. */
  data?: JobData | 0,
  more?: More,
];

/** What few jobs have. */
interface More {
  /** 1: retried after a timeout as well */
  o?: 1;
  /** source, of a job that is code */
  s?: string;
  /** signature of a job that is code */
  g?: string;
}

/** Writes an envelope. The data is put in as it is, so that it is turned into JSON only once. */
export function encodeEnvelope(envelope: Envelope): string {
  const { data } = envelope;
  const { head, tail } = partsOf(envelope);
  if (data === undefined) return tail === "]" ? `${head}]` : `${head},0${tail}`;
  return `${head},${data}${tail}`;
}

/** What stands before the data, and behind it. */
interface Parts {
  readonly head: string;
  readonly tail: string;
}

/** The last parts that were written. Of jobs that are pushed in a row most have the name and the terms of the one before. */
let last: { readonly name: string; readonly policy: RunPolicy; readonly parts: Parts } | undefined;

function partsOf({ name, policy, code }: Envelope): Parts {
  if (code === undefined && last !== undefined && last.name === name && last.policy === policy) return last.parts;
  const { timeoutMs, retries, retryDelay, retryOnTimeout } = policy;
  const delay = typeof retryDelay === "number" ? retryDelay / 1_000 : retryDelay;
  const wire: Wire = [name, timeoutMs / 1_000, retries, delay];
  const more: More = {};
  if (retryOnTimeout) more.o = 1;
  if (code !== undefined) [more.s, more.g] = [code.source, code.signature];
  const tail = Object.keys(more).length === 0 ? "]" : `,${JSON.stringify(more)}]`;
  const parts = { head: JSON.stringify(wire).slice(0, -1), tail };
  if (code === undefined) last = { name, policy, parts };
  return parts;
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
  if (!Array.isArray(wire)) throw new MpqError("JOB_INVALID", strangeness(wire, text));
  const [name, timeout, retries, retryDelay, data = 0, more = {}] = wire as Partial<Wire>;
  const whole = typeof name === "string" && isSeconds(timeout) && isCount(retries) && isRetryDelay(retryDelay);
  if (!whole || !(data === 0 || isJobData(data)) || typeof more !== "object" || more === null) throw damaged(text);
  const delayMs = typeof retryDelay === "number" ? inMs(retryDelay) : retryDelay;
  const policy = { timeoutMs: inMs(timeout), retries, retryDelay: delayMs, retryOnTimeout: more.o === 1 };
  const opened = { name, data: data === 0 ? undefined : data, policy };
  return more.s === undefined && more.g === undefined ? opened : { ...opened, code: readCode(more, text) };
}

/** What is wrong with an envelope that is no list. */
function strangeness(wire: unknown, text: string): string {
  const version = typeof wire === "object" && wire !== null && "v" in wire ? wire.v : undefined;
  if (version === undefined) return `the job's envelope is no JSON list: ${excerpt(text)}`;
  return `the job's envelope has version ${JSON.stringify(version)}, which this mpq cannot read; upgrade the workers`;
}

function readCode({ s: source, g: signature }: More, text: string): OpenedCode {
  const whole = typeof source === "string" && (signature === undefined || typeof signature === "string");
  if (!whole) throw damaged(text);
  return { source, signature };
}

function damaged(text: string): MpqError {
  return new MpqError("JOB_INVALID", `the job's envelope is damaged: ${excerpt(text)}`);
}

function excerpt(text: string): string {
  return text.slice(0, 200);
}

function inMs(seconds: number): number {
  return Math.round(seconds * 1_000);
}

function isRetryDelay(value: unknown): value is RetryDelay {
  if (isSeconds(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  const { type, baseMs, maxMs, jitter } = value as Record<string, unknown>;
  const isShare = typeof jitter === "number" && jitter >= 0 && jitter <= 1;
  return type === "exponential" && isMs(baseMs) && isMs(maxMs) && isShare;
}

/** A time that any store can keep; one that is longer was not written by a pusher. */
function isSeconds(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_SECONDS;
}

function isMs(value: unknown): value is number {
  return typeof value === "number" && isSeconds(value / 1_000);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new MpqError("JOB_INVALID", `the job's envelope is no JSON: ${excerpt(text)}`, { cause });
  }
}
