import type { Driver, QueueCounts } from "../driver/driver.ts";
import { CONFIG_ARG, JSON_ARG, ONLY_QUEUE_ARG, WATCH_ARG, type Command, command } from "./command.ts";
import { duration, jsonOf, tableOf } from "./output.ts";
import { show } from "./watch.ts";
import { type Opened, chosenQueues, withStore } from "./with-store.ts";

const HEAD = ["QUEUE", "MODE", "STATE", "PUSHED", "READY", "DELAYED", "ACTIVE", "FAILED", "DONE", "OLDEST"] as const;

/** One queue as `queue:status --json` prints it. */
export interface QueueStatus {
  readonly queue: string;
  readonly mode: string;
  readonly paused: boolean;
  readonly pushed: number;
  readonly ready: number;
  readonly delayed: number;
  readonly active: number;
  readonly failed: number;
  readonly done: number;
  /** Seconds that the oldest ready job has waited. */
  readonly oldest: number | null;
}

export const queueStatus: Command = command({
  name: "queue:status",
  description: "Shows how many jobs each queue has in which state",
  args: { ...CONFIG_ARG, ...JSON_ARG, ...ONLY_QUEUE_ARG, ...WATCH_ARG },
  async run({ config: file, json, queue, watch }) {
    await withStore(file, (opened) =>
      show(async () => {
        const rows = await statusOfAll(opened, queue);
        return json === true ? jsonOf(rows) : tableOf(HEAD, rows.map(row));
      }, watch),
    );
  },
});

async function statusOfAll(opened: Opened, queue: string | undefined): Promise<readonly QueueStatus[]> {
  const queues = await chosenQueues(opened, queue);
  return await Promise.all(queues.map((name) => statusOf(opened.store, name)));
}

async function statusOf(store: Driver, queue: string): Promise<QueueStatus> {
  const { mode, paused, pushed, ready, delayed, active, failed, done, oldestMs }: QueueCounts =
    await store.counts(queue);
  const oldest = oldestMs === undefined ? null : oldestMs / 1000;
  return { queue, mode, paused, pushed, ready, delayed, active, failed, done, oldest };
}

function row(one: QueueStatus): (string | number)[] {
  const state = one.paused ? "paused" : "open";
  const oldest = one.oldest === null ? "" : duration(one.oldest);
  return [one.queue, one.mode, state, one.pushed, one.ready, one.delayed, one.active, one.failed, one.done, oldest];
}
