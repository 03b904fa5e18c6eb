import { now, until } from "../clock.ts";
import { MpqSystem, type MpqRun } from "../systems/mpq.ts";
import type { Jobs, Shape } from "../systems/system.ts";
import { untilCompiled } from "../warm-up.ts";
import { type Measure, type Plan, type Reading, withRun } from "./measure.ts";

/** One size of what grows. */
interface Step {
  readonly what: string;
  readonly shape?: Shape;
  readonly jobs?: Jobs;
  /** Jobs that still wait when the clock stops; some, when absent, so that no queue has run empty by then. */
  readonly waiting?: number;
}

/** No more bytes are timed. */
const MOST_BYTES = 100_000_000;
const LEAST_JOBS = 1_000;
const WARM_UP_BYTES = 20_000_000;
/** A step that is slower takes what was begun until then, the second half of it when that is not even the warm-up. */
const MOST_MS = 40_000;
/** One of so many jobs: queues are not worked off alike. */
const BEHIND_SHARE = 4;
const WORKERS = 2;

/** What grows, and in which steps; fewer for a quick run. */
const SERIES: readonly ((plan: Plan) => readonly Step[])[] = [
  ({ quick, large }) =>
    (quick ? [1_000, 10_000] : [1_000, 100_000, ...(large ? [5_000_000] : [])]).map((waiting) => {
      return { what: `waiting: ${shown(waiting)}`, waiting };
    }),
  ({ quick }) =>
    (quick ? [1, 4] : [1, 8, 32]).map((queues) => {
      return { what: `queues: ${queues}`, shape: { queues } };
    }),
  ({ quick }) =>
    (quick ? [1, 8] : [1, 2, 8, 64]).map((workers) => {
      return { what: `workers: ${workers}`, shape: { workers } };
    }),
  ({ quick }) =>
    (quick ? [100, 10_000] : [100, 1_000, 10_000, 100_000]).map((bytes) => {
      return { what: `bytes each: ${shown(bytes)}`, jobs: { bytes } };
    }),
];

/**
 * No-op jobs a second while one thing grows: jobs that wait behind those that are timed, queues, workers, bytes of data. The
 * queues are paused until every worker is up, so that only running is timed, not starting.
 */
export const growth: readonly Measure[] = SERIES.map((stepsOf) => ({
  name: "growth",
  repeats: "rounds",
  nameOf: (system) => (system instanceof MpqSystem ? system.name : undefined),
  async measure(system, plan) {
    if (!(system instanceof MpqSystem)) return [];
    const readings: Reading[] = [];
    for (const step of stepsOf(plan)) {
      const open = (): Promise<MpqRun> => system.open(step.shape);
      const value = await withRun({ open }, (run) => rateOf(run, step, { ...plan, jobs: plan.jobs * system.share }));
      readings.push({ what: `no-op jobs, ${step.what}`, unit: "jobs/s", better: "more", value });
    }
    return readings;
  },
}));

function shown(count: number): string {
  return count.toLocaleString("en");
}

async function rateOf(run: MpqRun, { shape, jobs, waiting }: Step, plan: Plan): Promise<number> {
  const most = (bytes: number): number => Math.max(LEAST_JOBS, Math.floor(bytes / (jobs?.bytes ?? 1)));
  const workers = (shape?.workers ?? WORKERS) * run.queues.length;
  const warmUp = Math.min(untilCompiled(workers, plan), most(WARM_UP_BYTES));
  const timed = Math.ceil(Math.min(plan.jobs, most(MOST_BYTES)));
  const behind = waiting ?? Math.ceil((warmUp + timed) / BEHIND_SHARE);
  const each = Math.ceil((warmUp + timed + behind) / run.queues.length);
  await run.pause("paused");
  for (const queue of run.queues) await run.push("fill", each, { ...jobs, queue });
  await run.start();
  await until("the workers are ready", () => run.isReady());
  await run.pause("running");
  const end = now() + MOST_MS;
  await until("the timed jobs are begun", () => {
    run.checkAlive();
    return run.ledger.count() >= warmUp + timed || now() > end;
  });
  return run.ledger.rateAfter(Math.min(warmUp, run.ledger.count() / 2), timed);
}
