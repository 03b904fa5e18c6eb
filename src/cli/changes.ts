import type { Driver } from "../driver/driver.ts";
import { EXIT_FAILED } from "../errors.ts";
import { inert } from "../telemetry/inert.ts";
import { print, printError, printJson } from "./output.ts";

/** What a command did to jobs of a queue. */
export interface Changes {
  readonly queue: string;
  /** Ids of the jobs that it changed. */
  readonly changed: readonly string[];
  /** Those that it was to change and did not, each with the reason. */
  readonly unchanged: readonly { readonly id: string; readonly reason: string }[];
}

/** Sorts the ids that a command was given by what became of them. */
export async function changesOf(
  { store, queue }: { readonly store: Driver; readonly queue: string },
  ids: readonly string[],
  changed: readonly string[],
): Promise<Changes> {
  const done = new Set(changed);
  const others = [...new Set(ids)].filter((id) => !done.has(id));
  const unchanged = await Promise.all(
    others.map(async (id) => {
      const job = await store.get(queue, id);
      return { id, reason: job === undefined ? "not in the queue" : job.state };
    }),
  );
  return { queue, changed, unchanged };
}

/** Prints what was `done` to the jobs, and gives the exit code: 1 when one was left as it was. */
export function report({ queue, changed, unchanged }: Changes, done: string, json: boolean | undefined): number {
  if (json === true) printJson({ queue, [done]: changed, unchanged });
  else print(`${jobs(changed.length)} of ${inert(queue)} ${done}`);
  for (const { id, reason } of unchanged) printError(`${JSON.stringify(id)} was not ${done}: it is ${reason}`);
  return unchanged.length === 0 ? 0 : EXIT_FAILED;
}

/** So many jobs, in words. */
export function jobs(count: number): string {
  return `${count} ${count === 1 ? "job" : "jobs"}`;
}
