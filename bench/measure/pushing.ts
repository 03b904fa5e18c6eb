import type { How } from "../systems/system.ts";
import { type Measure, withRun } from "./measure.ts";

const WAYS: readonly { readonly how: How; readonly what: string; readonly share: number }[] = [
  { how: "one", what: "push, one at a time", share: 10 },
  { how: "flight", what: "push, 500 in flight", share: 2 },
  { how: "bulk", what: "push, 1,000 a call", share: 1 },
];

/** Pushes a second of one process, without workers. `share`: one of so many jobs of the plan is pushed. */
export const pushing: Measure = {
  name: "pushing",
  repeats: "rounds",
  nameOf: (system) => system.pushesLike,
  async measure(system, { jobs }) {
    const readings = [];
    for (const { how, what, share } of WAYS) {
      const count = Math.ceil(jobs / share);
      const seconds = await withRun(system, (run) => run.push(how, count));
      readings.push({ what, unit: "jobs/s", better: "more", value: count / seconds } as const);
    }
    return readings;
  },
};
