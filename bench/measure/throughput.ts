import { type CpuByRole, cpuByRole, usedBetween } from "../cpu.ts";
import { until } from "../clock.ts";
import type { Run } from "../systems/system.ts";
import { warmUpFor } from "../warm-up.ts";
import { type Measure, type Reading, untilBegun, withRun } from "./measure.ts";

/**
 * No-op jobs a second from a full queue. The queue is filled, then the workers start; the clock runs from the moment when
 * the handlers have begun a third of the jobs to the last one, by the handlers' own notes. Afterwards the system must say
 * that no job is left. What CPU time each kind of process used per job meanwhile is told beside it.
 */
export const throughput: Measure = {
  name: "throughput",
  repeats: "rounds",
  nameOf: (system) => system.name,
  measure: (system, { jobs }) =>
    withRun(system, async (run) => {
      const count = Math.ceil(jobs * system.share);
      const warmUp = warmUpFor(count);
      await run.push("fill", warmUp + count);
      await run.start();
      const cpu = await cpuReadings(run, warmUp, count);
      await untilNoneIsLeft(run, warmUp + count);
      const value = run.ledger.rateAfter(warmUp);
      return [{ what: "no-op jobs, full queue", unit: "jobs/s", better: "more", value }, ...cpu];
    }),
};

/** Waits for the end of the jobs, and throws when one of them was run twice. */
export async function untilNoneIsLeft(run: Run, pushed: number): Promise<void> {
  await untilBegun(run, pushed);
  await until("no job is left", async () => (await run.left()) === 0);
  const begun = run.ledger.count();
  if (begun !== pushed) throw new Error(`${pushed} jobs were pushed, and ${begun} run`);
}

/** From two looks while jobs run: the jobs and the CPU time between them. None when the jobs were over too soon. */
async function cpuReadings(run: Run, warmUp: number, count: number): Promise<Reading[]> {
  await untilBegun(run, warmUp);
  const before = await look(run);
  await untilBegun(run, warmUp + count);
  const after = await look(run);
  const jobs = after.count - before.count;
  if (jobs < count / 2) return [];
  const used = usedBetween(before.cpu, after.cpu);
  return [...used].map(([role, ms]) => {
    return { what: `CPU per job, ${role}`, unit: "µs", better: "less", value: (ms * 1000) / jobs, role };
  });
}

async function look(run: Run): Promise<{ readonly cpu: CpuByRole; readonly count: number }> {
  return { cpu: await cpuByRole(run), count: run.ledger.count() };
}
