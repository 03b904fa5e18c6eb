import type { Config, QueueConfig } from "../../config/config.ts";
import type { MasterToWorker } from "../protocol.ts";
import type { Channel } from "./channel.ts";
import type { RunnerParts } from "./runner.ts";

/** What the process does with its master's words, by the mode of its queue. */
export interface WorkerActor {
  start(): Promise<void>;
  receive(message: MasterToWorker): void;
  /** User code threw outside of any run's promise. */
  stray(): void;
}

export interface WorkerParts extends RunnerParts {
  readonly channel: Channel;
  readonly config: Config;
  readonly queue: QueueConfig;
}
