import { pacedPushes, percentileReadings } from "./latency.ts";
import { PACED_WARM_UP } from "../warm-up.ts";
import { type Measure, startIdle, untilBegun, withRun } from "./measure.ts";

const SECONDS = 1;
/** Others are due in an hour, so that none of them is meanwhile. */
const OTHERS_SECONDS = 3_600;

/** By how much delayed jobs begin after their time, idle workers, with many others that wait for theirs. */
export const delayed: Measure = {
  name: "delayed",
  repeats: "rounds",
  nameOf: (system) => system.name,
  measure: (system, plan) =>
    withRun(system, async (run) => {
      const count = pacedPushes(plan);
      await run.push("fill", Math.ceil(plan.jobs * system.share), { delay: OTHERS_SECONDS });
      await startIdle(run);
      await run.push("paced", count, { delay: SECONDS, warmUp: PACED_WARM_UP });
      await untilBegun(run, PACED_WARM_UP + count);
      return percentileReadings("delayed job, late", run.ledger.delays());
    }),
};
