import { limitOf } from "../redis-limits.ts";
import type { RedisServer } from "../redis-server.ts";
import type { How, System } from "../systems/system.ts";
import { type Measure, type Plan, type Reading, withRun } from "./measure.ts";

const WAYS: readonly { readonly how: How; readonly what: string; readonly share: number }[] = [
  { how: "flight", what: "push, 500 in flight", share: 4 },
  { how: "bulk", what: "push, 1,000 a call", share: 2 },
];
const ONE_SHARE = 20;

/** Pushes a second of one process, without workers. `share`: one of so many jobs of the plan is pushed. */
export const pushing: Measure = {
  name: "pushing",
  repeats: "rounds",
  nameOf: (system) => system.pushesLike,
  async measure(system, plan) {
    const readings: Reading[] = await awaited(system, plan);
    for (const { how, what, share } of WAYS) {
      const count = Math.ceil(plan.jobs / share);
      const seconds = await withRun(system, (run) => run.push(how, count));
      readings.push({ what, unit: "jobs/s", better: "more", value: count / seconds });
    }
    return readings;
  },
};

/** One push after another, and right before, what a bare round trip to the same store takes. */
async function awaited(system: System, { jobs }: Plan): Promise<Reading[]> {
  const count = Math.ceil(jobs / ONE_SHARE);
  const bareMs = await withRun(system, ({ redis }) => roundTripMs(redis, count));
  const seconds = await withRun(system, (run) => run.push("one", count));
  const reading: Reading = { what: "push, one at a time", unit: "jobs/s", better: "more", value: count / seconds };
  if (bareMs === undefined) return [reading];
  const value = ((seconds * 1_000) / count / bareMs) * 100;
  const what = "push, one at a time, of the store's round trip";
  return [reading, { what, unit: "%", better: "less", value, detail: `round trip ${bareMs.toFixed(3)} ms` }];
}

/** The mean, as that of the pushes. */
async function roundTripMs(redis: RedisServer | undefined, commands: number): Promise<number | undefined> {
  if (redis === undefined) return undefined;
  return 1_000 / (await limitOf("EVALSHA", redis, { connections: 1, pipeline: 1, commands })).perSecond;
}
