import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { configure } from "../../src/client/configure.ts";
import { Queue } from "../../src/client/queue.ts";
import { driverFromUrl } from "../../src/driver/open.ts";
import { now, until } from "../clock.ts";
import { type MpqRun, MpqSystem, QUEUE } from "../systems/mpq.ts";
import { type Measure, type Reading, startIdle, withRun } from "./measure.ts";

const KILLS = 10;
const QUICK_KILLS = 2;
const LOOK_EVERY_MS = 5;

interface Start {
  readonly pid: number;
  readonly at: number;
}

/** From the SIGKILL of a worker to the second start of the job that it ran. */
export const recovery: Measure = {
  name: "recovery",
  repeats: "once",
  nameOf: (system) => (system instanceof MpqSystem ? system.name : undefined),
  async measure(system, { quick }) {
    if (!(system instanceof MpqSystem)) return [];
    return await withRun(system, async (run) => {
      await startIdle(run);
      const readings: Reading[] = [];
      for (let n = 0; n < (quick ? QUICK_KILLS : KILLS); n++) {
        const value = await killOne(run, join(run.folder, `hold-${n}.jsonl`));
        readings.push({ what: "worker killed, job starts again", unit: "ms", better: "less", value });
        await until("the workers are ready again", () => run.isReady());
      }
      return readings;
    });
  },
};

async function killOne(run: MpqRun, file: string): Promise<number> {
  configure({ driver: driverFromUrl(run.url) });
  await Queue.push(QUEUE, "hold", { file });
  await Queue.close();
  const starts = (): Start[] => startsIn(file);
  await until("the job runs", () => starts().length === 1, LOOK_EVERY_MS);
  const killedAt = now();
  for (const { pid } of starts()) process.kill(pid, "SIGKILL");
  await until("the job runs again", () => starts().length === 2, LOOK_EVERY_MS);
  return (starts()[1]?.at ?? Number.NaN) - killedAt;
}

function startsIn(file: string): Start[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Start);
}
