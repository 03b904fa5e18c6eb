import type { QueueValues } from "../../config/config.ts";
import type { QueueSettings } from "../../driver/driver.ts";

/** What of a queue the store and its pushers go by. */
export function settingsFor({ mode, policy, maxSize, keepFailed, keepDone }: QueueValues): QueueSettings {
  return { mode, policy, maxSize, keepFailed, ...(keepDone === undefined ? {} : { keepDone }) };
}
