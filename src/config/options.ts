import type { LogOptions, Options, QueueOptions } from "./config.ts";
import type { Section } from "./section.ts";
import { didYouMean } from "./suggest.ts";

export const OPTIONS: readonly string[] = [
  "name",
  "runDir",
  "driver",
  "jobs",
  "onWorkerStart",
  "secret",
  "log",
  "queues",
] satisfies (keyof Options)[];

export const LOG_OPTIONS: readonly string[] = [
  "path",
  "level",
  "format",
  "driver",
  "maxSize",
  "maxFiles",
] satisfies (keyof LogOptions)[];

export const QUEUE_OPTIONS: readonly string[] = [
  "workers",
  "concurrency",
  "mode",
  "timeout",
  "retries",
  "retryDelay",
  "retryOnTimeout",
  "pollInterval",
  "stopTimeout",
  "memoryLimit",
  "maxJobs",
  "maxAge",
  "prefetch",
  "maxSize",
  "keepFailed",
  "keepDone",
  "onWorkerStart",
  "onFailed",
] satisfies (keyof QueueOptions)[];

/** What the original library calls what is here called otherwise, for those who come from there. */
export const ORIGINAL_NAMES: Readonly<Record<string, string>> = {
  basics: "is not used in mpq: its fields name, runDir and driver stand at the top",
  queue: 'is called "queues" in mpq, and is an object: queues: { <name>: { … } }',
  pid_path: 'is called "runDir" in mpq',
  worker_start_handle: 'is called "onWorkerStart" in mpq',
  worker_number: 'is called "workers" in mpq',
  memory_limit: 'is called "memoryLimit" in mpq',
  sleep_seconds: 'is called "pollInterval" in mpq',
  fail_number: 'is called "retries" in mpq',
  fail_expire: 'is called "retryDelay" in mpq',
  fail_handle: 'is called "onFailed" in mpq',
  model: 'is called "mode" in mpq',
};

/** Notes every field of a section that is no option there, and what to write instead. */
export function refuseUnknown(section: Section, options: readonly string[]): void {
  for (const key of section.keys()) {
    if (!options.includes(key)) section.note(`${section.pathOf(key)} ${adviceFor(key, section.path, options)}`);
  }
}

function adviceFor(key: string, path: string, options: readonly string[]): string {
  const original = Object.hasOwn(ORIGINAL_NAMES, key) ? ORIGINAL_NAMES[key] : undefined;
  if (original !== undefined) return original;
  if (path === "" && QUEUE_OPTIONS.includes(key)) return `is an option of a queue: queues.<name>.${key}`;
  if (path.startsWith("queues.") && key === "name") return "is not needed: a queue's name is its key in queues";
  if (path !== "" && OPTIONS.includes(key)) return "is an option of the service: move it to the top";
  const meant = didYouMean(key, options);
  return `is no option${meant === "" ? `; expected one of ${options.join(", ")}` : meant}`;
}
