import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { didYouMean } from "../config/suggest.ts";
import type { Driver } from "../driver/driver.ts";
import { openDriver } from "../driver/open.ts";
import { MpqError } from "../errors.ts";
import { here } from "./here.ts";

/** What a command works on: the configuration, and the store that it names. */
export interface Opened {
  readonly config: Config;
  readonly store: Driver;
}

/** Opens the store for one command, and closes it however the command ends. `file` is the configuration that was named. */
export async function withStore<Result>(
  file: string | undefined,
  work: (opened: Opened) => Promise<Result>,
): Promise<Result> {
  const config = await loadConfig(here(file));
  const store = await openDriver(config.driver);
  try {
    return await work({ config, store });
  } finally {
    await store.close();
  }
}

/** The same for a command on one queue. Throws `QUEUE_UNKNOWN`. */
export function withQueue<Result>(
  { config: file, queue }: { readonly config?: string | undefined; readonly queue: string },
  work: (opened: Opened) => Promise<Result>,
): Promise<Result> {
  return withStore(file, async (opened) => {
    await chosenQueues(opened, queue);
    return await work(opened);
  });
}

/** Every queue of the configuration and the store, or only the one that was named. Throws `QUEUE_UNKNOWN`. */
export async function chosenQueues({ config, store }: Opened, queue: string | undefined): Promise<readonly string[]> {
  const known = [...new Set([...config.queues.keys(), ...(await store.queues())])].sort();
  if (queue === undefined) return known;
  if (known.includes(queue)) return [queue];
  throw new MpqError(
    "QUEUE_UNKNOWN",
    `neither the configuration nor the store has a queue ${JSON.stringify(queue)}${didYouMean(queue, known)}`,
  );
}
