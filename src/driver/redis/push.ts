/** Turns a batch of new jobs into the arguments of `lua/push.lua`. */
import { PRIORITIES } from "../../job/state.ts";
import type { NewJob, PushBatch } from "../driver.ts";
import type { Invocation } from "./connection.ts";
import type { PushArg } from "./scripts.ts";

const NORMAL = PRIORITIES.indexOf("normal");

export function pushing(jobs: readonly NewJob[], batch: PushBatch): Invocation<PushArg> {
  const others: (readonly [place: number, classOfReady: number, delayMs: number, mayBeKnown: boolean])[] = [];
  for (const [index, { priority, delayMs, mayBeKnown = false }] of jobs.entries()) {
    const rank = PRIORITIES.indexOf(priority);
    if (rank === NORMAL && delayMs <= 0 && !mayBeKnown) continue;
    others.push([index + 1, rank + 1, Math.max(0, Math.ceil(delayMs)), mayBeKnown]);
  }
  const named = {
    pusher: batch.pusher,
    numberOfBatch: batch.number,
    idLines: jobs.map(({ id }) => id).join("\n"),
    otherThan: others.length === 0 ? "" : JSON.stringify(others),
  };
  return { named, list: jobs.map(({ envelope }) => envelope) };
}
