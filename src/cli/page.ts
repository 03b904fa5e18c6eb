import type { Driver, Page } from "../driver/driver.ts";
import { MpqError, isMpqError } from "../errors.ts";
import type { JobState } from "../job/state.ts";
import { inert } from "../telemetry/inert.ts";
import { usage } from "./command.ts";
import { numberOf } from "./numbers.ts";

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;

/** For commands that list jobs a page at a time. */
export const PAGE_ARGS = {
  limit: { type: "string", description: `Jobs on a page (default: ${DEFAULT_LIMIT})` as string, valueHint: "n" },
  cursor: { type: "string", description: "Where the page begins, as the page before it said", valueHint: "c" },
} as const;

/** Which page of which jobs a command shows. */
export interface PageRequest {
  readonly queue: string;
  readonly state: Exclude<JobState, "active">;
  readonly limit: number;
  readonly cursor: string | undefined;
}

/** How many jobs `command` was asked to show. Throws `USAGE`. */
export function limitOf(command: string, text: string | undefined): number {
  const limit = numberOf({ name: command }, "--limit", text) ?? DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw usage({ name: command }, `needs a whole number from 1 to ${MAX_LIMIT} with --limit, found ${limit}`);
}

/** Reads a page for `command`. Stores know their own cursors only; what they say to another one would help nobody. */
export async function pageFrom(store: Driver, command: string, request: PageRequest): Promise<Page> {
  const { queue, state, limit, cursor } = request;
  try {
    return await store.list(queue, state, limit, cursor);
  } catch (cause) {
    if (cursor === undefined || (isMpqError(cause) && cause.code !== "STORE_REFUSED")) throw cause;
    const message = `--cursor ${JSON.stringify(cursor)} is none that mpq ${command} gave; leave it out for the first page`;
    throw new MpqError("USAGE", message, { cause });
  }
}

/** A table of one page, and how to see the page after it. */
export function withNext(table: string, next: string | null): string {
  return next === null ? table : `${table}\n\nThere are more: add --cursor ${inert(next)}`;
}
