import { setImmediate, setTimeout } from "node:timers/promises";
import { MpqError } from "../errors.ts";
import { Progress } from "./progress.ts";

/** Jobs that one step changes at most: few enough that nobody else waits for the store. */
export const STEP = 500;

/**
 * After so long without one there is a rest. Who waits for a store that has one writer at a time tries again and again, and
 * finds it free within a rest; without one it would wait until all the work is done.
 */
const WORK_MS = 20;
const REST_MS = 20;

/** How far the work is after a step. */
export interface Step {
  /** Jobs done so far. */
  readonly done: number;
  readonly isLast: boolean;
}

/** Work on very many jobs, in steps that each stand by themselves. */
export interface Work {
  readonly total: number;
  /** What is counted, in the plural. */
  readonly noun: string;
  readonly step: () => Promise<Step>;
}

/**
 * Takes one step after another, with the progress on stderr, until the last or until the signal is aborted. Says how far
 * it came when it ends early; what was done stays done.
 */
export async function inSteps({ total, noun, step }: Work, signal: AbortSignal): Promise<void> {
  const progress = new Progress(total, noun);
  let last: Step = { done: 0, isLast: false };
  let restedAt = performance.now();
  try {
    while (!last.isLast && !signal.aborted) {
      last = await step();
      progress.show(last.done);
      // A store in this process answers without the event loop, which alone brings the signals.
      if (performance.now() - restedAt < WORK_MS) {
        await setImmediate();
      } else {
        await setTimeout(REST_MS);
        restedAt = performance.now();
      }
    }
  } finally {
    progress.end();
    if (!last.isLast) progress.say(`Stopped after ${last.done} of ${total} ${noun}`);
  }
}

/** Tells by its exit code that work was ended early. Throws `INTERRUPTED`. */
export function failIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new MpqError("INTERRUPTED", "interrupted; give the same command again to go on");
}
