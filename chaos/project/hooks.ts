import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Death, die } from "./death.ts";
import { note } from "./note.ts";

/** What a job's data says of its failure callback. */
export interface Callback {
  readonly ms: number;
  /** The first so many callbacks end their process, in this way. */
  readonly dies?: { readonly runs: number; readonly how: Death };
  readonly throws?: boolean;
}

/** The file `start.json` of the project, when it is there: each so-many-th worker ends itself before it is ready. */
export interface StartOrder {
  readonly every: number;
  readonly how: Death;
}

interface FailedJob {
  readonly id: string;
  readonly data: { readonly callback?: Callback } | undefined;
  readonly attempts: readonly unknown[];
}

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export function onWorkerStart(): void {
  if (!existsSync(here("start.json"))) return;
  const { every, how } = JSON.parse(readFileSync(here("start.json"), "utf8")) as StartOrder;
  appendFileSync(here("starts"), ".");
  if (statSync(here("starts")).size % every === 0) die(how);
}

/** How often this process's predecessors began the callback of a job is counted in a file. */
export async function onFailed(job: FailedJob): Promise<void> {
  const run = { id: job.id, attempt: job.attempts.length };
  const callback = job.data?.callback;
  note("callback", run);
  if (callback === undefined) return note("callback-done", run);
  if (callback.ms > 0) await Bun.sleep(callback.ms);
  if (callback.dies !== undefined && triesOf(job.id) <= callback.dies.runs) {
    note("dies", run);
    die(callback.dies.how);
  }
  note("callback-done", run);
  if (callback.throws === true) throw new Error("this callback was told to fail");
}

function triesOf(id: string): number {
  const file = here(`callback-${id}`);
  appendFileSync(file, ".");
  return statSync(file).size;
}
