import type { JobContext, JobInfo } from "../../src/job/job.ts";
import type { RunPolicy } from "../../src/job/retry.ts";
import type { JobId } from "../../src/job/id.ts";
import type { Phase } from "../../src/job/attempt.ts";
import type { Priority } from "../../src/job/state.ts";
import { MpqError } from "../../src/errors.ts";
import type { SimulatedProcess } from "./process.ts";

/** What a handler or a failure callback does, after a while. */
export interface Act {
  readonly afterMs: number;
  readonly do:
    | "return"
    | "throw"
    /** Throws what another try would meet again. */
    | "refuse"
    /** Never ends. */
    | "hang"
    /** Ends when its signal is aborted. */
    | "obey"
    /** Holds up its whole process. */
    | "block"
    | "exit"
    /** Throws where nobody awaits it. */
    | "stray";
}

/** Acts that end their process, by themselves or at the end of their time. */
export const LETHAL: ReadonlySet<Act["do"]> = new Set(["hang", "block", "exit", "stray"] as const);

/** One job: what is pushed, and what it will do each time that it runs; the last act is done again and again. */
export interface JobPlan {
  readonly id: JobId;
  readonly priority: Priority;
  readonly delayMs: number;
  readonly policy: RunPolicy;
  readonly acts: readonly Act[];
  readonly callbacks: readonly Act[];
}

/** Does what the plan says: as the user's code. */
export async function perform(process: SimulatedProcess, job: JobContext | JobInfo, phase: Phase): Promise<void> {
  const { ledger } = process.world;
  const plan = ledger.planOf(job.id);
  const acts = phase === "running" ? plan.acts : plan.callbacks;
  const act = acts[Math.min(ledger.startsOf(job.id, phase), acts.length - 1)];
  if (!process.isAlive || act === undefined) return await new Promise<never>(() => undefined);
  process.world.trace(process, () => `begins ${job.id} (${phase}): ${act.do} after ${act.afterMs.toFixed(1)}`);
  ledger.started(process, job.id, phase);
  if (act.afterMs > 0) await new Promise<void>((resolve) => void process.clock.after(act.afterMs, resolve));
  await end(process, act, job.signal);
}

async function end(process: SimulatedProcess, act: Act, signal: AbortSignal): Promise<void> {
  switch (act.do) {
    case "return":
      return;
    case "throw":
      throw new Error("no");
    case "refuse":
      throw new MpqError("JOB_INVALID", "never");
    case "obey":
      return await new Promise((_, reject) => {
        if (signal.aborted) reject(signal.reason as Error);
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    case "block":
      process.block();
      break;
    case "exit":
      process.exit(3);
      break;
    case "stray":
      process.stray?.();
      break;
    case "hang":
  }
  await new Promise<never>(() => undefined);
}
