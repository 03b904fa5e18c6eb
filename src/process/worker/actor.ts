import type { Config, QueueConfig } from "../../config/config.ts";
import type { MasterToWorker } from "../protocol.ts";
import type { AttemptRunner } from "./attempt.ts";

/** What the process does with its master's words, by the mode of its queue. */
export interface WorkerActor {
  start(): Promise<void>;
  receive(message: MasterToWorker): void;
  /** User code threw outside of any run's promise. */
  stray(error: unknown): void;
}

export interface WorkerParts {
  readonly config: Config;
  readonly queue: QueueConfig;
  readonly attempt: AttemptRunner;
}
