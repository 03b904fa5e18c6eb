import { cpuMs } from "../processes.ts";
import type { RedisServer } from "../redis-server.ts";
import { type Measure, type Reading, startIdle, untilBegun, withRun } from "./measure.ts";

const SECONDS = 10;
const JOBS_BEFORE = 10;
/** What follows the last job is over by then. */
const SETTLE_MS = 1_000;

/** What a queue costs that has no jobs: the CPU time of all its processes, and the commands to its Redis. */
export const idle: Measure = {
  name: "idle",
  repeats: "once",
  nameOf: (system) => system.name,
  measure: (system) =>
    withRun(system, async (run) => {
      await startIdle(run);
      await run.push("fill", JOBS_BEFORE);
      await untilBegun(run, JOBS_BEFORE);
      await Bun.sleep(SETTLE_MS);
      const before = cpuMs(run.pids());
      const commands = run.redis === undefined ? await nothing() : await commandsTo(run.redis);
      const cpu = (cpuMs(run.pids()) - before) / SECONDS;
      return [{ what: "idle, CPU of all processes", unit: "ms/s", better: "less", value: cpu }, ...commands];
    }),
};

async function nothing(): Promise<Reading[]> {
  await Bun.sleep(SECONDS * 1_000);
  return [];
}

async function commandsTo(redis: RedisServer): Promise<Reading[]> {
  await redis.forgetCommands();
  const sent = await redis.sentWithin(SECONDS);
  const ran = [...(await redis.commands())].sort(([, a], [, b]) => b - a);
  const sum = ran.reduce((total, [, count]) => total + count, 0);
  const detail = ran.map(([name, count]) => `${name} ${count / SECONDS}`).join(", ");
  return [
    { what: "idle, commands sent", unit: "1/s", better: "less", value: sent / SECONDS },
    { what: "idle, commands run, in scripts too", unit: "1/s", better: "less", value: sum / SECONDS, detail },
  ];
}
