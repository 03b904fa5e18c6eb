/**
 * Every refusal of mpq is an {@link MpqError} with one of these codes. The list is closed: `docs/errors.md` has a
 * heading for each, and programs may switch over it.
 */
export const ERROR_CODES = [
  "USAGE",
  "CONFIG_INVALID",
  "STORE_UNREACHABLE",
  "STORE_REFUSED",
  "STORE_CLOSED",
  "RUNTIME_UNSUPPORTED",
  "DATA_NOT_JSON",
  "DATA_TOO_LARGE",
  "JOB_INVALID",
  "JOB_UNKNOWN",
  "SECRET_MISSING",
  "SIGNATURE_INVALID",
  "QUEUE_UNKNOWN",
  "SERVICE_RUNNING",
  "SERVICE_NOT_RUNNING",
  "START_FAILED",
  "SERVICE_SILENT",
  "INTERRUPTED",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** The process's exit code for a refusal that reaches the command line (sysexits: 69 unavailable, 78 configuration). */
export const EXIT_CODES: Readonly<Partial<Record<ErrorCode, number>>> = {
  USAGE: 2,
  STORE_UNREACHABLE: 69,
  STORE_REFUSED: 69,
  CONFIG_INVALID: 78,
};

/** The exit code of a failure that has no code of its own. */
export const EXIT_FAILED = 1;

export interface MpqErrorOptions {
  readonly cause?: unknown;
}

/** A refusal: `code` says which kind, the message says where, what was expected, what was found and what to do. */
export class MpqError extends Error {
  override readonly name = "MpqError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: MpqErrorOptions = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Tells whether `error` is an {@link MpqError}, also one of another copy of this package. Never throws. */
export function isMpqError(error: unknown): error is MpqError {
  try {
    return error instanceof Error && error.name === "MpqError" && "code" in error;
  } catch {
    return false; // it throws when it is looked at
  }
}

/** What an error looks like once it has left its process: in an attempt, in a message, in JSON. */
export interface ErrorReport {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** Tells whether a value that came from elsewhere is a report. */
export function isErrorReport(value: unknown): value is ErrorReport {
  if (typeof value !== "object" || value === null) return false;
  const { name, message, stack } = value as Partial<Record<keyof ErrorReport, unknown>>;
  return typeof name === "string" && typeof message === "string" && (stack === undefined || typeof stack === "string");
}

/** A name longer than this is cut when an error is kept. */
const MAX_NAME = 256;
/** A message longer than this is cut when an error is kept, so that failed jobs stay small. */
const MAX_MESSAGE = 4096;
/** A stack longer than this is cut when an error is kept. */
const MAX_STACK = 16384;

/** Describes anything that was thrown, also what is no Error, and what throws itself when it is looked at. Never throws. */
export function reportOf(thrown: unknown): ErrorReport {
  try {
    return thrown instanceof Error ? reportOfError(thrown) : reportOfOther(thrown);
  } catch {
    return { name: "Error", message: "something was thrown that throws again when it is read" };
  }
}

function reportOfError(error: Error): ErrorReport {
  const report = { name: String(error.name).slice(0, MAX_NAME), message: String(error.message).slice(0, MAX_MESSAGE) };
  return typeof error.stack === "string" ? { ...report, stack: withCause(error).slice(0, MAX_STACK) } : report;
}

function reportOfOther(thrown: unknown): ErrorReport {
  return { name: "Error", message: `a value that is no Error was thrown: ${printed(thrown)}`.slice(0, MAX_MESSAGE) };
}

function withCause(error: Error, depth = 0): string {
  const own = error.stack ?? `${error.name}: ${error.message}`;
  if (!(error.cause instanceof Error) || depth === 4) return own;
  return `${own}\n  caused by ${withCause(error.cause, depth + 1)}`;
}

function printed(value: unknown): string {
  try {
    return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  } catch {
    return Object.prototype.toString.call(value);
  }
}
