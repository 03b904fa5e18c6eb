import { sameRun } from "../slot-word.ts";
import { STRAY_EXIT_CODE } from "../protocol.ts";
import type { ChildExit } from "../role.ts";
import type { Cause } from "../settling.ts";

const MEGABYTE = 1024 * 1024;

/** A run of a worker: its slot, and the word that this had. */
export interface RunInSlot {
  readonly slot: number;
  readonly word: number;
}

/** Why a master kills a worker: for one run, or to be rid of all. */
export type Doom =
  | { readonly cause: "timeout"; readonly run: RunInSlot; readonly timeoutMs: number }
  | { readonly cause: "memory"; readonly usedBytes: number; readonly limitBytes: number }
  /** It no longer answers. */
  | { readonly cause: "silent" }
  | { readonly cause: "stop" };

/** What the end of a worker means for a run that was going on at that moment. */
export function causeOfDeath(doom: Doom | undefined, exit: ChildExit, run: RunInSlot): Cause {
  // The channel of a worker that ends by itself closes first, so it may have seemed silent.
  const isOwnEnd = doom?.cause === "silent" && !("signal" in exit && exit.signal === "SIGKILL");
  if (doom !== undefined && !isOwnEnd) return causeOfKill(doom, run);
  if ("signal" in exit) {
    return { outcome: "killed", error: { name: "WorkerKilled", message: `its worker was killed by ${exit.signal}` } };
  }
  return { outcome: "exit", error: { name: "WorkerExited", message: describeExit(exit.code) } };
}

function describeExit(code: number): string {
  const exited = `its worker exited with code ${code}`;
  if (code !== STRAY_EXIT_CODE) return exited;
  return `${exited}: code of this job, or of one before it, threw where nobody awaits it; the service's log shows the error`;
}

function causeOfKill(doom: Doom, run: RunInSlot): Cause {
  if (doom.cause === "stop") return released("its worker was stopped before the run was done");
  if (doom.cause === "memory") return outOfMemory(doom.usedBytes, doom.limitBytes);
  if (doom.cause === "silent") return SILENT;
  if (doom.run.slot !== run.slot || !sameRun(doom.run.word, run.word))
    return released("its worker was killed for another job's timeout");
  const message = `the run took longer than its timeout of ${doom.timeoutMs / 1000} s`;
  return { outcome: "timeout", error: { name: "TimeoutError", message } };
}

/** It is to blame as well that its worker could be told nothing, or so may be what ran before. */
const SILENT: Cause = {
  outcome: "killed",
  error: { name: "WorkerKilled", message: "its worker did not answer any more, and was killed" },
};

/** All that ran there is to blame: memory does not tell whose it is. */
function outOfMemory(usedBytes: number, limitBytes: number): Cause {
  const used = `${Math.round(usedBytes / MEGABYTE)} MB, more than twice its memoryLimit of ${limitBytes / MEGABYTE} MB`;
  return { outcome: "memory", error: { name: "OutOfMemory", message: `its worker used ${used}, and was killed` } };
}

function released(message: string): Cause {
  return { outcome: "released", error: { name: "Released", message } };
}
