import { now, until } from "../clock.ts";
import { BINARY } from "../systems/mpq.ts";
import type { Run } from "../systems/system.ts";
import { type Measure, type Reading, untilBegun, withRun } from "./measure.ts";

const STARTS = 5;
const QUICK_STARTS = 1;

/** How long the binary takes to tell its version. */
export const versionTime: Measure = {
  name: "start",
  repeats: "once",
  nameOf: (system) => (system.product === "mpq" ? "mpq" : undefined),
  async measure(_system, { quick }) {
    const readings: Reading[] = [];
    for (let n = 0; n < (quick ? QUICK_STARTS : STARTS); n++)
      readings.push({ what: "mpq --version", unit: "ms", better: "less", value: await versionMs() });
    return readings;
  },
};

/** From `worker:start` to the first job of a queue that has one. */
export const start: Measure = {
  name: "start",
  repeats: "once",
  nameOf: (system) => (system.product === "mpq" ? system.name : undefined),
  async measure(system, { quick }) {
    const readings: Reading[] = [];
    for (let n = 0; n < (quick ? QUICK_STARTS : STARTS); n++) {
      const value = await withRun(system, firstJobMs);
      readings.push({ what: "worker:start to first job", unit: "ms", better: "less", value });
    }
    return readings;
  },
};

async function firstJobMs(run: Run): Promise<number> {
  await run.push("fill", 1);
  const from = now();
  await run.start();
  await untilBegun(run, 1);
  await until("the workers are ready", () => run.isReady());
  return run.ledger.firstAt() - from;
}

async function versionMs(): Promise<number> {
  const from = performance.now();
  const code = await Bun.spawn([BINARY, "--version"], { stdio: ["ignore", "ignore", "inherit"] }).exited;
  if (code !== 0) throw new Error(`mpq --version ended with exit code ${code}`);
  return performance.now() - from;
}
