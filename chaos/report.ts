import type { Combination } from "../test/support/stores.ts";
import type { Verdict } from "./audit.ts";
import { nameOf } from "./options.ts";
import type { Scenario } from "./scenario.ts";

/** How a run of a scenario went: the verdict, or why there is none. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly combination: Combination;
  readonly seconds: number;
  readonly verdict: Verdict | undefined;
  /** Why the run did not come to its end. */
  readonly error?: string;
}

/** Faults of one kind that are shown; the folder has the rest. */
const MOST_SHOWN = 8;
/** A busy machine makes everything slower; what takes so much longer than promised is a fault all the same. */
const GENEROUS_FACTOR = 10;
const GENEROUS_MS = 10_000;

/** One line for each run. */
export function lineOf(outcome: Outcome): string {
  const { scenario, combination, seconds, verdict } = outcome;
  const columns = [scenario.name.padEnd(24), nameOf(combination).padEnd(18)];
  if (verdict !== undefined) columns.push(figures(verdict, scenario));
  columns.push(`${seconds.toFixed(1)} s`.padStart(8), faultsOf(outcome).length === 0 ? "ok" : "FAILED");
  return columns.join(" ");
}

function figures({ pushed, finished, repeated, unexplained, lost, recoveryMs }: Verdict, scenario: Scenario): string {
  const recovery = recoveryMs === undefined ? "–" : `${Math.round(recoveryMs)} ms`;
  const promised = scenario.recoversWithinMs === undefined ? "" : ` (${scenario.recoversWithinMs})`;
  const parts = [
    `pushed ${String(pushed).padStart(7)}`,
    `finished ${String(finished).padStart(7)}`,
    `repeated ${String(repeated).padStart(4)}`,
    `unexplained ${unexplained.length}`,
    `lost ${lost.length}`,
    `recovery ${recovery}${promised}`.padEnd(26),
  ];
  return parts.join("  ");
}

/** Everything that must not be, one sentence each. */
export function faultsOf({ scenario, verdict, error }: Outcome): string[] {
  const faults = error === undefined ? [] : [error];
  if (verdict === undefined) return faults;
  const { unexplained, lost, violations, recoveryMs = 0 } = verdict;
  faults.push(...some("run again for no known reason", unexplained), ...some("lost", lost), ...violations);
  const { recoversWithinMs: promised = Number.POSITIVE_INFINITY } = scenario;
  const limit = Math.min(promised * GENEROUS_FACTOR, promised + GENEROUS_MS);
  if (recoveryMs > limit)
    faults.push(`a job waited ${Math.round(recoveryMs)} ms for its next run; promised ${promised}`);
  return faults;
}

function some(what: string, jobs: readonly string[]): string[] {
  const more = jobs.length > MOST_SHOWN ? [`${what}: ${jobs.length - MOST_SHOWN} more`] : [];
  return [...jobs.slice(0, MOST_SHOWN).map((job) => `${what}: ${job}`), ...more];
}
