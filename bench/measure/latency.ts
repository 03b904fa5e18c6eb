import { percentile } from "../statistics.ts";
import { PACED_WARM_UP } from "../warm-up.ts";
import { type Measure, type Plan, type Reading, startIdle, untilBegun, withRun } from "./measure.ts";

/** The p99 of 200 would be the second or third worst, which says little of the others. */
const IDLE_PUSHES = 1_000;
const PUSHES = 200;
const QUICK_PUSHES = 30;

/** From the call of push to the start of the handler, idle workers, one push every 20 ms. */
export const latency: Measure = {
  name: "latency",
  repeats: "rounds",
  nameOf: (system) => system.name,
  measure: (system, plan) =>
    withRun(system, async (run) => {
      const count = pacedPushes(plan, IDLE_PUSHES);
      await startIdle(run);
      await run.push("paced", count, { warmUp: PACED_WARM_UP });
      await untilBegun(run, PACED_WARM_UP + count);
      return percentileReadings("push to handler", run.ledger.delays());
    }),
};

/** How many pushes are measured that come one every 20 ms. */
export function pacedPushes({ quick }: Plan, pushes: number = PUSHES): number {
  return quick ? QUICK_PUSHES : pushes;
}

export function percentileReadings(what: string, delays: readonly number[]): Reading[] {
  const reading = (name: string, share: number): Reading => {
    return { what: `${what}, ${name}`, unit: "ms", better: "less", value: percentile(delays, share) };
  };
  return [reading("p50", 0.5), reading("p99", 0.99)];
}
