import { cpuMs, proportionalBytes } from "../processes.ts";
import type { RedisServer } from "../redis-server.ts";
import { type Measure, type Reading, startIdle, untilBegun, withRun } from "./measure.ts";

const JOBS_BEFORE = 10;
/** mpq has Bun's collector look every 30 s: what follows the last job is over by then, in every system. */
const SETTLE = { seconds: 45, quickly: 1 };
const WATCH = { seconds: 30, quickly: 2 };

/** What a queue costs that has no jobs: CPU time and memory of all its processes, and the commands to its Redis. */
export const idle: Measure = {
  name: "idle",
  repeats: "once",
  nameOf: (system) => system.name,
  measure: (system, { quick }) =>
    withRun(system, async (run) => {
      const seconds = quick ? WATCH.quickly : WATCH.seconds;
      await startIdle(run);
      await run.push("fill", JOBS_BEFORE);
      await untilBegun(run, JOBS_BEFORE);
      await Bun.sleep((quick ? SETTLE.quickly : SETTLE.seconds) * 1_000);
      const before = cpuMs(run.pids());
      const commands = run.redis === undefined ? await nothing(seconds) : await commandsTo(run.redis, seconds);
      const cpu = (cpuMs(run.pids()) - before) / seconds;
      const memory = proportionalBytes(run.pids()) / 1e6;
      return [
        { what: "idle, CPU of all processes", unit: "ms/s", better: "less", value: cpu },
        { what: "idle, memory of all processes", unit: "MB", better: "less", value: memory },
        ...commands,
      ];
    }),
};

async function nothing(seconds: number): Promise<Reading[]> {
  await Bun.sleep(seconds * 1_000);
  return [];
}

async function commandsTo(redis: RedisServer, seconds: number): Promise<Reading[]> {
  await redis.forgetCommands();
  const sent = await redis.sentWithin(seconds);
  const ran = [...(await redis.commands())].sort(([, a], [, b]) => b - a);
  const sum = ran.reduce((total, [, count]) => total + count, 0);
  const detail = ran.map(([name, count]) => `${name} ${(count / seconds).toFixed(2)}`).join(", ");
  return [
    { what: "idle, commands sent", unit: "1/s", better: "less", value: sent / seconds },
    { what: "idle, commands run, in scripts too", unit: "1/s", better: "less", value: sum / seconds, detail },
  ];
}
