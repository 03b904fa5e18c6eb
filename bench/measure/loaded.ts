import { until } from "../clock.ts";
import { type System, queueName } from "../systems/system.ts";
import { pacedPushes, percentileReadings } from "./latency.ts";
import { PACED_WARM_UP, warmUpFor } from "../warm-up.ts";
import { type Measure, type Plan, untilBegun, withRun } from "./measure.ts";

const OTHER = queueName(1);
/** No-op jobs of the other queue, in plans: more than are run meanwhile. */
const PLANS = 4;
const ATTEMPTS = 3;
const MORE = 3;

/** As latency, while the workers of another queue work off a full one. When that runs empty, once more with a fuller one. */
export const loaded: Measure = {
  name: "loaded",
  repeats: "rounds",
  nameOf: (system) => system.name,
  async measure(system, plan) {
    let others = Math.ceil(plan.jobs * system.share * PLANS);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++, others *= MORE) {
      const delays = await delaysBeside(others, system, plan);
      if (delays !== undefined) return percentileReadings("push to handler, another queue at full load", delays);
    }
    throw new Error(`the other queue ran empty after ${others / MORE} jobs: take more --jobs`);
  },
};

/** Undefined when the other queue ran empty before the last push was begun. */
function delaysBeside(others: number, system: System, plan: Plan): Promise<readonly number[] | undefined> {
  return withRun({ open: () => system.open({ queues: 2 }) }, async (run) => {
    const count = pacedPushes(plan);
    await run.push("fill", others, { queue: OTHER });
    await run.start();
    await untilBegun(run, warmUpFor(others / PLANS));
    await run.push("paced", count, { warmUp: PACED_WARM_UP });
    await until("the last push is begun", () => run.ledger.delays().length === count);
    return run.ledger.count() < others + PACED_WARM_UP + count ? run.ledger.delays() : undefined;
  });
}
