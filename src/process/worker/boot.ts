import { useStore } from "../../client/configure.ts";
import type { Config, QueueConfig } from "../../config/config.ts";
import type { JobRegistry } from "../../config/job-registry.ts";
import { loadJobs } from "../../config/jobs.ts";
import { queueOf } from "../../config/queue-of.ts";
import { loadConfig } from "../../config/load.ts";
import type { WorkerRole } from "../role.ts";
import { PushedCode } from "./pushed-code.ts";

export interface LoadedWorker {
  readonly config: Config;
  readonly queue: QueueConfig;
  readonly jobs: JobRegistry;
  readonly code: PushedCode;
}

/** Loads what a worker needs before its first job, and runs the start-up functions: the service's, then the queue's. */
export async function loadWorker(role: WorkerRole): Promise<LoadedWorker> {
  const config = await loadConfig({ file: role.config, folder: process.cwd(), env: process.env });
  const queue = queueOf(config, role.queue);
  useStore(config);
  const jobs = await loadJobs(config);
  await config.onWorkerStart?.();
  await queue.onWorkerStart?.();
  return { config, queue, jobs, code: new PushedCode(config.secrets, config.folder) };
}
