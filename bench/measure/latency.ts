import { percentile } from "../statistics.ts";
import { type Measure, type Plan, type Reading, startIdle, untilBegun, withRun } from "./measure.ts";

const PUSHES = 200;
const QUICK_PUSHES = 30;
/** What `clients/push.mjs` pushes beforehand: one of so many. */
const WARM_UP_SHARE = 10;

/** From the call of push to the start of the handler, idle workers, one push every 20 ms. */
export const latency: Measure = {
  name: "latency",
  repeats: "rounds",
  nameOf: (system) => system.name,
  measure: (system, plan) =>
    withRun(system, async (run) => {
      const { count, withWarmUp } = pacedPushes(plan);
      await startIdle(run);
      await run.push("paced", count);
      await untilBegun(run, withWarmUp);
      return percentileReadings("push to handler", run.ledger.delays());
    }),
};

/** What `clients/push.mjs` pushes when it is asked for this many, one every 20 ms. */
export function pacedPushes({ quick }: Plan): { readonly count: number; readonly withWarmUp: number } {
  const count = quick ? QUICK_PUSHES : PUSHES;
  return { count, withWarmUp: count + Math.ceil(count / WARM_UP_SHARE) };
}

export function percentileReadings(what: string, delays: readonly number[]): Reading[] {
  const reading = (name: string, share: number): Reading => {
    return { what: `${what}, ${name}`, unit: "ms", better: "less", value: percentile(delays, share) };
  };
  return [reading("p50", 0.5), reading("p99", 0.99)];
}
