import type { Combination } from "../test/support/stores.ts";
import type { Verdict } from "./audit.ts";
import { nameOf } from "./options.ts";
import type { Scenario } from "./scenario.ts";
import type { Timing } from "./stage.ts";

/** How a run of a scenario went: the verdict, or why there is none. */
export interface Outcome {
  readonly scenario: Scenario;
  readonly combination: Combination;
  readonly seconds: number;
  readonly verdict: Verdict | undefined;
  readonly timings: readonly Timing[];
  /** Why the run did not come to its end. */
  readonly error?: string;
}

/** Faults of one kind that are shown. */
const MOST_SHOWN = 8;
/** A busy machine makes everything slower; what takes so much longer than promised is a fault all the same. */
const GENEROUS_FACTOR = 10;
const GENEROUS_MS = 10_000;
const ANYTHING_MS = 2_000;

/** One line for each run. */
export function lineOf(outcome: Outcome): string {
  const { scenario, combination, seconds, verdict } = outcome;
  const columns = [scenario.name.padEnd(24), nameOf(combination).padEnd(18)];
  if (verdict !== undefined) columns.push(figures(verdict));
  columns.push(`${seconds.toFixed(1)} s`.padStart(8), faultsOf(outcome).length === 0 ? "ok    " : "FAILED");
  columns.push(
    timingsOf(outcome)
      .map(({ what, ms, promisedMs }) => `${what} ${inMs(ms)} (${inMs(promisedMs)})`)
      .join(", "),
  );
  return columns.join(" ").trimEnd();
}

function figures({ pushed, finished, repeated, unexplained, lost }: Verdict): string {
  const parts = [
    `pushed ${String(pushed).padStart(7)}`,
    `finished ${String(finished).padStart(7)}`,
    `repeated ${String(repeated).padStart(4)}`,
    `unexplained ${unexplained.length}`,
    `lost ${lost.length}`,
  ];
  return parts.join("  ");
}

function timingsOf({ scenario, verdict, timings }: Outcome): readonly Timing[] {
  const { recoversWithinMs: promisedMs } = scenario;
  if (promisedMs === undefined || verdict?.recoveryMs === undefined) return timings;
  return [{ what: "recovery", ms: verdict.recoveryMs, promisedMs }, ...timings];
}

function inMs(ms: number): string {
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Everything that must not be, one sentence each. */
export function faultsOf(outcome: Outcome): string[] {
  const { verdict, error } = outcome;
  const faults = error === undefined ? [] : [error];
  if (verdict === undefined) return faults;
  const { unexplained, lost, violations } = verdict;
  const late = timingsOf(outcome).filter(({ ms, promisedMs }) => ms > limitOf(promisedMs));
  return [
    ...faults,
    ...some("run again for no known reason: ", unexplained),
    ...some("lost: ", lost),
    ...some("", violations),
    ...late.map(({ what, ms, promisedMs }) => `${what} took ${inMs(ms)}; promised ${inMs(promisedMs)}`),
  ];
}

function limitOf(promisedMs: number): number {
  return ANYTHING_MS + Math.min(promisedMs * GENEROUS_FACTOR, promisedMs + GENEROUS_MS);
}

function some(what: string, jobs: readonly string[]): string[] {
  const more = jobs.length > MOST_SHOWN ? [`${what}${jobs.length - MOST_SHOWN} more`] : [];
  return [...jobs.slice(0, MOST_SHOWN).map((job) => `${what}${job}`), ...more];
}
