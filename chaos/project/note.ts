import { openSync, writeSync } from "node:fs";
import { now } from "./clock.ts";

/**
 * What a handler or a failure callback did. `dies`: it is about to end its process.
 *
 * Written with O_APPEND and one call for each line, so lines of several processes never mix, and what is written stays
 * when the process is killed.
 */
export type Step = "start" | "done" | "threw" | "dies" | "callback" | "callback-done";

/** A line of the ledger. */
export interface Line {
  readonly step: Step;
  readonly job: string;
  readonly attempt: number;
  readonly pid: number;
  /** When the process began: pids are used again. */
  readonly born: number;
  readonly at: number;
}

const { pid } = process;
const born = now();
const file = openSync(process.env["CHAOS_LEDGER"] ?? "ledger.jsonl", "a");

export function note(step: Step, job: { readonly id: string; readonly attempt: number }): void {
  const line: Line = { step, job: job.id, attempt: job.attempt, pid, born, at: now() };
  writeSync(file, `${JSON.stringify(line)}\n`);
}
