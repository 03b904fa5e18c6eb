import type { Driver } from "../driver/driver.ts";
import { EXIT_FAILED, MpqError } from "../errors.ts";
import { inert } from "../telemetry/inert.ts";
import { jobs } from "./changes.ts";
import { CONFIG_ARG, JSON_ARG, ONLY_QUEUE_ARG, type Command, command } from "./command.ts";
import { canAsk, confirm } from "./confirm.ts";
import { interruptible } from "./interrupt.ts";
import { print, printError, printJson } from "./output.ts";
import { STEP, type Step, failIfInterrupted, inSteps } from "./steps.ts";
import { chosenQueues, withStore } from "./with-store.ts";

/** What is to be deleted of one queue. */
interface Plan {
  readonly queue: string;
  /** Jobs that do not run, when the command began; as many are deleted at most, so that it ends while others push. */
  readonly total: number;
  /** Jobs that run, and are left alone. */
  readonly active: number;
}

/** What became of it, as `queue:clean --json` prints it. */
interface Cleaned {
  readonly queue: string;
  deleted: number;
  readonly active: number;
}

export const queueClean: Command = command({
  name: "queue:clean",
  description: "Deletes all jobs of a queue, or of all queues, but those that run",
  args: {
    ...CONFIG_ARG,
    ...ONLY_QUEUE_ARG,
    ...JSON_ARG,
    yes: { type: "boolean", alias: "y", description: "Do not ask; needed where nobody can be asked" },
  },
  async run({ config: file, json, queue, yes }) {
    if (yes !== true && !canAsk()) {
      const message =
        "mpq queue:clean deletes jobs for good, and there is no terminal to ask on; confirm it with --yes";
      throw new MpqError("USAGE", message);
    }
    return await withStore(file, async (opened) => {
      const { store } = opened;
      const plans = await Promise.all((await chosenQueues(opened, queue)).map((name) => planOf(store, name)));
      if (yes !== true && !(await isWanted(plans))) return nothingDone();
      return await interruptible((signal) => cleanAll({ store, plans, signal }, json));
    });
  },
});

async function planOf(store: Driver, queue: string): Promise<Plan> {
  const { ready, delayed, failed, kept, active } = await store.counts(queue);
  return { queue, total: ready + delayed + failed + kept, active };
}

async function isWanted(plans: readonly Plan[]): Promise<boolean> {
  const full = plans.filter(({ total }) => total > 0);
  if (full.length === 0) return true;
  const lines = full.map(({ queue, total }) => `  ${inert(queue)}: ${jobs(total)}`);
  return (await confirm(["This deletes for good:", ...lines, "Go on?"].join("\n"))) === "yes";
}

function nothingDone(): number {
  printError("Nothing was deleted");
  return EXIT_FAILED;
}

interface Cleaning {
  readonly store: Driver;
  readonly plans: readonly Plan[];
  readonly signal: AbortSignal;
}

async function cleanAll({ store, plans, signal }: Cleaning, json: boolean | undefined): Promise<void> {
  const results: Cleaned[] = plans.map(({ queue, active }) => ({ queue, deleted: 0, active }));
  try {
    for (const [index, { total }] of plans.entries()) {
      const result = results[index];
      if (result === undefined || total === 0 || signal.aborted) continue;
      const step = (): Promise<Step> => cleanSome(store, result, total);
      await inSteps({ total, noun: `jobs of ${inert(result.queue)}`, step }, signal);
    }
  } finally {
    report(results, json);
  }
  failIfInterrupted(signal);
}

async function cleanSome(store: Driver, result: Cleaned, total: number): Promise<Step> {
  const deleted = await store.clean(result.queue, Math.min(STEP, total - result.deleted));
  result.deleted += deleted;
  return { done: result.deleted, isLast: deleted === 0 || result.deleted >= total };
}

function report(results: readonly Cleaned[], json: boolean | undefined): void {
  if (json === true) return printJson(results);
  for (const { queue, deleted, active } of results) {
    const left = active === 0 ? "" : `; ${jobs(active)} that ran when it began left alone`;
    print(`${jobs(deleted)} of ${inert(queue)} deleted${left}`);
  }
}
