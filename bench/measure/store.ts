import { limitOf } from "../redis-limits.ts";
import { type Measure, withRun } from "./measure.ts";

const SINGLE = { connections: 1, pipeline: 1 };
const MANY = { connections: 50, pipeline: 64 };
/** One of so many jobs of the plan. */
const SINGLE_SHARE = 20;

/** The limits of the Redis itself: an entry of 100 bytes into a stream, by a command and by a script. */
export const store: Measure = {
  name: "store",
  repeats: "rounds",
  nameOf: (system) => (system.store === "redis" ? "redis-server" : undefined),
  measure: (system, { jobs }) =>
    withRun(system, async ({ redis }) => {
      if (redis === undefined) return [];
      const readings = [];
      for (const command of ["XADD", "EVALSHA"] as const) {
        const single = await limitOf(command, redis, { ...SINGLE, commands: Math.ceil(jobs / SINGLE_SHARE) });
        const many = await limitOf(command, redis, { ...MANY, commands: jobs });
        readings.push(
          { what: `store, ${command}, round trip p50`, unit: "ms", better: "less", value: single.roundTripMs } as const,
          { what: `store, ${command}, pipelined`, unit: "1/s", better: "more", value: many.perSecond } as const,
        );
      }
      return readings;
    }),
};
