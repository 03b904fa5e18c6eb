import { until } from "../clock.ts";
import type { Ran } from "../ledger.ts";
import { percentile } from "../statistics.ts";
import { warmUpFor } from "../warm-up.ts";
import { type Measure, type Reading, startIdle, untilBegun, withRun } from "./measure.ts";

const WORKERS = 4;
/** Of `clients/push.mjs`: bursts of a hundred jobs, one of them a second long, the others a millisecond. */
const BURST = 100;
const BURSTS = 20;
const QUICK_BURSTS = 4;
const LONG_MS = 500;

/** How long short jobs waited while a worker had nothing to do; four workers with one job at a time each. */
export const fairness: Measure = {
  name: "fairness",
  repeats: "rounds",
  nameOf: (system) => system.pushesLike,
  measure: (system, { quick }) =>
    withRun({ open: () => system.open({ workers: WORKERS }) }, async (run) => {
      const bursts = quick ? QUICK_BURSTS : BURSTS;
      const ahead = warmUpFor(bursts);
      const jobs = BURST * (ahead + bursts);
      await startIdle(run);
      await run.push("bursts", jobs);
      await untilBegun(run, jobs);
      // A worker whose last job is not noted yet would look idle.
      await until("the last job has ended", () => run.ledger.runs().flat().length === jobs);
      const waits = needlessWaits(run.ledger.runs(), ahead);
      const reading = (name: string, value: number): Reading => {
        return { what: `short job waits while a worker is idle, ${name}`, unit: "ms", better: "less", value };
      };
      return [reading("p99", percentile(waits, 0.99)), reading("longest", Math.max(...waits))];
    }),
};

/**
 * For each short job, how long it waited while one worker had nothing to do, at most. `workers`: what each of them ran, in
 * order. The first bursts, as many as went `ahead`, are left out.
 */
export function needlessWaits(workers: readonly (readonly Ran[])[], ahead: number): number[] {
  const gaps = workers.flatMap(gapsOf);
  const bursts = new Set(workers.flat().map(({ pushed }) => pushed));
  const since = [...bursts].toSorted((a, b) => a - b)[ahead] ?? Infinity;
  const short = workers.flat().filter(({ pushed, begun, ended }) => pushed >= since && ended - begun < LONG_MS);
  return short.map(({ pushed, begun }) =>
    Math.max(0, ...gaps.map((gap) => Math.min(gap.to, begun) - Math.max(gap.from, pushed))),
  );
}

/** The times in which one worker ran nothing. */
function gapsOf(runs: readonly Ran[]): { from: number; to: number }[] {
  const from = [-Infinity, ...runs.map(({ ended }) => ended)];
  const to = [...runs.map(({ begun }) => begun), Infinity];
  return from.map((start, index) => ({ from: start, to: to[index] ?? Infinity }));
}
