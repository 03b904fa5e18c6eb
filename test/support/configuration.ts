import { type Config, DEFAULT_LOG, type QueueConfig, defaultQueue } from "../../src/config/config.ts";
import { Secrets } from "../../src/config/secrets.ts";
import type { Driver } from "../../src/driver/driver.ts";

/** A configuration of one queue on an open store, as if it had been loaded. */
export function configOf(driver: Driver, queue: Partial<QueueConfig> & { readonly name: string }): Config {
  return {
    file: undefined,
    folder: "/",
    name: "test",
    runDir: "/",
    driver,
    jobs: [],
    onWorkerStart: undefined,
    secrets: NO_SECRETS,
    log: DEFAULT_LOG,
    queues: new Map([[queue.name, { ...defaultQueue(queue.name), ...queue }]]),
  };
}

export const NO_SECRETS: Secrets = new Secrets(undefined, undefined, "");
