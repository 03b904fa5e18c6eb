import { percentile } from "../statistics.ts";
import { type Measure, startIdle, untilBegun, withRun } from "./measure.ts";

const PUSHES = 200;
/** What `clients/push.mjs` pushes beforehand. */
const WARM_UP = PUSHES / 10;

/** From the call of push to the start of the handler, idle workers, one push every 20 ms. */
export const latency: Measure = {
  name: "latency",
  repeats: "rounds",
  nameOf: (system) => system.name,
  measure: (system) =>
    withRun(system, async (run) => {
      await startIdle(run);
      await run.push("paced", PUSHES);
      await untilBegun(run, WARM_UP + PUSHES);
      const delays = run.ledger.delays();
      const reading = (share: number): number => percentile(delays, share);
      return [
        { what: "push to handler, p50", unit: "ms", better: "less", value: reading(0.5) },
        { what: "push to handler, p99", unit: "ms", better: "less", value: reading(0.99) },
      ];
    }),
};
