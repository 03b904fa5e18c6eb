import { until } from "../clock.ts";
import { type Measure, untilBegun, withRun } from "./measure.ts";

/** The share of the queue that is worked off before the clock starts: processes start and code gets warm meanwhile. */
const WARM_UP_SHARE = 10;

/**
 * No-op jobs a second from a full queue. The queue is filled, then the workers start; the clock runs from the moment when
 * the handlers have begun a tenth of the jobs to the last one, by the handlers' own notes. Afterwards the system must say
 * that no job is left.
 */
export const throughput: Measure = {
  name: "throughput",
  repeats: "rounds",
  nameOf: (system) => system.name,
  measure: (system, { jobs }) =>
    withRun(system, async (run) => {
      const warmUp = Math.ceil(jobs / WARM_UP_SHARE);
      await run.push("fill", warmUp + jobs);
      await run.start();
      await untilBegun(run, warmUp + jobs);
      await until("no job is left", async () => (await run.left()) === 0);
      const begun = run.ledger.count();
      if (begun !== warmUp + jobs) throw new Error(`${warmUp + jobs} jobs were pushed, and ${begun} run`);
      return [{ what: "no-op jobs, full queue", unit: "jobs/s", better: "more", value: run.ledger.rateAfter(warmUp) }];
    }),
};
