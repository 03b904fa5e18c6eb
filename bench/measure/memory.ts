import { type Measure, withRun } from "./measure.ts";

/** One of so many jobs of the plan. */
const SHARE = 2;

/** Bytes of Redis that a waiting job takes. */
export const memory: Measure = {
  name: "memory",
  repeats: "once",
  nameOf: (system) => (system.store === "redis" ? system.pushesLike : undefined),
  measure: (system, { jobs }) =>
    withRun(system, async (run) => {
      if (run.redis === undefined) return [];
      const count = Math.ceil(jobs / SHARE);
      await run.push("fill", 1); // scripts and what a queue has however few its jobs
      const before = await run.redis.usedMemory();
      await run.push("fill", count);
      const value = ((await run.redis.usedMemory()) - before) / count;
      return [{ what: "a waiting job in Redis", unit: "bytes", better: "less", value }];
    }),
};
