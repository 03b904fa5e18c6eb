import { MpqError } from "../errors.ts";
import type { Config, QueueConfig } from "./config.ts";

/** The queue's configuration. Throws `CONFIG_INVALID` when the file no longer has it. */
export function queueOf(config: Config, name: string): QueueConfig {
  const queue = config.queues.get(name);
  if (queue !== undefined) return queue;
  throw new MpqError(
    "CONFIG_INVALID",
    `${config.file ?? "the configuration"} has no queue ${JSON.stringify(name)} any more`,
  );
}
