import { until } from "../clock.ts";
import type { Run, System } from "../systems/system.ts";

/** One figure of one system, once. */
export interface Reading {
  readonly what: string;
  readonly unit: string;
  readonly better: "more" | "less";
  readonly value: number;
  /** What the value is made of. */
  readonly detail?: string;
  /** What the processes are for whose CPU time this is: such readings have a table of their own. */
  readonly role?: string;
}

export interface Plan {
  /** Jobs of a full queue; the other measures take their sizes from it. */
  readonly jobs: number;
  /** Small and short: whether everything works, not how fast. */
  readonly quick: boolean;
  /** What takes minutes as well. */
  readonly large: boolean;
}

export interface Measure {
  readonly name: string;
  /** Whether each round measures it again, or the run once, because it takes long or hardly varies. */
  readonly repeats: "rounds" | "once";
  /** Under which name a system is measured, or undefined when it is not: two settings that do not differ here share one. */
  nameOf(system: System): string | undefined;
  measure(system: System, plan: Plan): Promise<readonly Reading[]>;
}

/** Opens a run and closes it, whatever happens in between. */
export async function withRun<Opened extends Run, Result>(
  system: { open(): Promise<Opened> },
  use: (run: Opened) => Promise<Result>,
): Promise<Result> {
  const run = await system.open();
  try {
    return await use(run);
  } finally {
    await run.close();
  }
}

/** Starts the workers and waits until all of them are idle. */
export async function startIdle(run: Run): Promise<void> {
  await run.start();
  await until("the workers are ready", () => run.isReady());
}

/** Waits until handlers have begun so many jobs, as long as they begin any. Asks nothing of the workers. */
export async function untilBegun(run: Run, jobs: number): Promise<void> {
  for (let begun = run.ledger.count(); begun < jobs;) {
    const before = begun;
    await until(`${jobs} jobs are begun; ${before} were`, () => {
      run.checkAlive();
      begun = run.ledger.count();
      return begun > before;
    });
  }
}
