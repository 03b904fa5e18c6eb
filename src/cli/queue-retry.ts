import type { Driver } from "../driver/driver.ts";
import { inert } from "../telemetry/inert.ts";
import { changesOf, report } from "./changes.ts";
import { CONFIG_ARG, JSON_ARG, QUEUE_ARG, type Command, command, usage } from "./command.ts";
import { interruptible } from "./interrupt.ts";
import { STEP, failIfInterrupted, inSteps } from "./steps.ts";
import { withQueue } from "./with-store.ts";

const NAME = "queue:retry";

export const queueRetry: Command = command({
  name: NAME,
  description: "Makes failed jobs ready again, as if they had never run",
  args: {
    id: { type: "positional", required: false, description: "The job's id; several may follow" },
    ...CONFIG_ARG,
    ...QUEUE_ARG,
    ...JSON_ARG,
    all: { type: "boolean", description: "All failed jobs of the queue" },
  },
  rest: true,
  async run(args) {
    const { _: ids, all, json, queue } = args;
    if (all === true && ids.length > 0) throw usage({ name: NAME }, "takes ids or --all, not both");
    if (all !== true && ids.length === 0) throw usage({ name: NAME }, "needs the ids of failed jobs, or --all");
    return await withQueue(args, async ({ store }) => {
      if (all === true) return await interruptible((signal) => retryAll({ store, queue, signal }, json));
      return report(await changesOf({ store, queue }, ids, await store.retry(queue, ids)), "retried", json);
    });
  },
});

interface Place {
  readonly store: Driver;
  readonly queue: string;
  readonly signal: AbortSignal;
}

/**
 * Retries page by page, from the newest failed job to the oldest: one that fails again meanwhile is newer than all of
 * them, so that this comes to its end.
 */
async function retryAll({ store, queue, signal }: Place, json: boolean | undefined): Promise<number> {
  const changed: string[] = [];
  let cursor: string | undefined;
  const step = async (): Promise<{ done: number; isLast: boolean }> => {
    const page = await store.list(queue, "failed", STEP, cursor);
    const ids = page.jobs.map((job) => job.id);
    changed.push(...(await store.retry(queue, ids)));
    cursor = page.next;
    return { done: changed.length, isLast: cursor === undefined };
  };
  const { failed: total } = await store.counts(queue);
  await inSteps({ total, noun: `jobs of ${inert(queue)}`, step }, signal);
  const code = report({ queue, changed, unchanged: [] }, "retried", json);
  failIfInterrupted(signal);
  return code;
}
