import { loadConfig } from "../config/load.ts";
import type { Driver, QueueCounts } from "../driver/driver.ts";
import { openDriver } from "../driver/open.ts";
import { MpqError } from "../errors.ts";
import { didYouMean } from "../config/suggest.ts";
import { CONFIG_ARG, JSON_ARG, type Command, command } from "./command.ts";
import { here } from "./here.ts";
import { duration, printJson, printTable } from "./output.ts";

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
  args: {
    ...CONFIG_ARG,
    ...JSON_ARG,
    queue: { type: "string", alias: "q", description: "Only this queue", valueHint: "name" },
  },
  async run({ config: file, json, queue }) {
    const config = await loadConfig(here(file));
    const store = await openDriver(config.driver);
    try {
      const known = [...new Set([...config.queues.keys(), ...(await store.queues())])].sort();
      const rows = await Promise.all(chosen(known, queue).map((name) => statusOf(store, name)));
      if (json === true) return printJson(rows);
      printTable(HEAD, rows.map(row));
    } finally {
      await store.close();
    }
  },
});

function chosen(known: readonly string[], queue: string | undefined): readonly string[] {
  if (queue === undefined) return known;
  if (known.includes(queue)) return [queue];
  throw new MpqError(
    "QUEUE_UNKNOWN",
    `neither the configuration nor the store has a queue ${JSON.stringify(queue)}${didYouMean(queue, known)}`,
  );
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
