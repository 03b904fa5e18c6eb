import { isErrorReport } from "../errors.ts";
import type { Attempt, JobRecord, Outcome, Phase } from "./attempt.ts";

const PHASES: Readonly<Record<Phase, true>> = { running: true, failing: true };
const OUTCOMES: Readonly<Record<Outcome, true>> = {
  error: true,
  timeout: true,
  killed: true,
  exit: true,
  memory: true,
  "lease-lost": true,
  released: true,
};

/**
 * Reads a record as a store keeps it. One that no mpq has written cannot say how often its job failed, so the job is not
 * run again: it fails with that as its reason.
 */
export function readRecord(text: string): JobRecord {
  const value = parsed(text);
  return isRecord(value) ? value : damaged(text);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function damaged(text: string): JobRecord {
  const message = `the job's record is damaged: ${text.slice(0, 200)}`;
  return { phase: "failing", attempts: [{ outcome: "error", error: { name: "Error", message } }], callbackTries: 0 };
}

function isRecord(value: unknown): value is JobRecord {
  if (typeof value !== "object" || value === null) return false;
  const { phase, attempts, callbackTries, callbackError } = value as Partial<Record<keyof JobRecord, unknown>>;
  const isWhole = isOneOf(phase, PHASES) && Number.isSafeInteger(callbackTries) && Array.isArray(attempts);
  return isWhole && attempts.every(isAttempt) && isAbsentOr(callbackError, isErrorReport);
}

function isAttempt(value: unknown): value is Attempt {
  if (typeof value !== "object" || value === null) return false;
  const { outcome, error, startedAt, seconds, worker } = value as Partial<Record<keyof Attempt, unknown>>;
  const isWhole = isOneOf(outcome, OUTCOMES) && isErrorReport(error);
  return isWhole && isAbsentOr(startedAt, isText) && isAbsentOr(worker, isText) && isAbsentOr(seconds, isNumber);
}

function isOneOf(value: unknown, words: object): boolean {
  return typeof value === "string" && Object.hasOwn(words, value);
}

function isAbsentOr(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || is(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function isNumber(value: unknown): boolean {
  return typeof value === "number";
}
