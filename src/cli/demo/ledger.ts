import { existsSync, readFileSync } from "node:fs";

/** What one job's run wrote: that it began, and that it ended. */
export type LedgerEntry = LedgerStart | LedgerEnd;

interface LedgerBase {
  readonly job: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface LedgerStart extends LedgerBase {
  readonly step: "start";
  readonly file: string;
}

export interface LedgerEnd extends LedgerBase {
  readonly step: "end";
  readonly bytes: number;
  readonly packed: number;
}

/**
 * Reads the record that the jobs themselves keep, outside of mpq: what the store says is checked against it. Only
 * complete lines count; a worker that was killed may have left half of one.
 */
export function readLedger(path: string): readonly LedgerEntry[] {
  return existsSync(path) ? readFileSync(path, "utf8").split("\n").flatMap(parse) : [];
}

function parse(line: string): LedgerEntry[] {
  try {
    return line === "" ? [] : [JSON.parse(line) as LedgerEntry];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
