import { type Death, die } from "../death.ts";
import { note } from "../note.ts";

export interface Work {
  /** How long a run takes. */
  readonly ms: number;
  /** The first so many runs throw. */
  readonly throws?: number;
  /** The first so many runs end their process, in this way. */
  readonly dies?: { readonly runs: number; readonly how: Death };
}

/** A job that leaves no trace. */
export function nothing(): void {}

/** A job like any other: it takes its time, and fails as often as it is told to. */
export async function work(data: Work, job: { readonly id: string; readonly attempt: number }): Promise<void> {
  note("start", job);
  if (data.ms > 0) await Bun.sleep(data.ms);
  if (data.dies !== undefined && job.attempt <= data.dies.runs) {
    note("dies", job);
    die(data.dies.how);
  }
  if (job.attempt <= (data.throws ?? 0)) {
    note("threw", job);
    throw new Error("this run was told to fail");
  }
  note("done", job);
}
