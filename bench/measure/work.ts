import { join } from "node:path";
import { untilNoneIsLeft } from "./throughput.ts";
import { untilCompiled } from "../warm-up.ts";
import { type Measure, withRun } from "./measure.ts";

const BARE: string = join(import.meta.dir, "../clients/bare.mjs");
const BURN_MS = 1;
const PROCESSES = 2;
const BARE_SECONDS = 0.5;
/** One of so many jobs of the plan. */
const SHARE = 10;
const LEAST_JOBS = 500;

/**
 * Jobs of 1 ms of CPU time on two workers, as a part of what two bare loops of the same do a second, each in a process of
 * its own: what the queue leaves of two cores. The loops run right before and after, so that both meet the same neighbours.
 */
export const work: Measure = {
  name: "work",
  repeats: "rounds",
  nameOf: (system) => system.name,
  async measure(system, plan) {
    const count = Math.max(LEAST_JOBS, Math.ceil(plan.jobs / SHARE));
    const warmUp = untilCompiled(PROCESSES, plan);
    const before = await bareRate();
    const rate = await withRun(system, async (run) => {
      await run.push("fill", warmUp + count, { burn: BURN_MS });
      await run.start();
      await untilNoneIsLeft(run, warmUp + count);
      return run.ledger.rateAfter(warmUp);
    });
    const bare = (before + (await bareRate())) / 2;
    return [
      { what: "1 ms jobs", unit: "jobs/s", better: "more", value: rate, detail: `bare ${bare.toFixed(0)}` },
      { what: "1 ms jobs, of two bare loops", unit: "%", better: "more", value: (rate / bare) * 100 },
    ];
  },
};

async function bareRate(): Promise<number> {
  const command = [process.execPath, BARE, String(BURN_MS), String(BARE_SECONDS)];
  const loops = Array.from({ length: PROCESSES }, () =>
    Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] }).stdout.text(),
  );
  const rates = await Promise.all(loops);
  return rates.reduce((sum, rate) => sum + Number(rate), 0);
}
