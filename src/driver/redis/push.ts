/** Turns a batch of new jobs into the arguments of `lua/push.lua`. */
import { PRIORITIES } from "../../job/state.ts";
import type { NewJob, PushBatch } from "../driver.ts";
import type { Invocation } from "./connection.ts";
import type { PushArg } from "./scripts.ts";

const NORMAL = PRIORITIES.indexOf("normal");

export function pushing(jobs: readonly NewJob[], batch: PushBatch): Invocation<PushArg> {
  const others: (readonly [place: number, classOfReady: number, delayMs: number])[] = [];
  for (const [index, { priority, delayMs }] of jobs.entries()) {
    const rank = PRIORITIES.indexOf(priority);
    if (rank !== NORMAL || delayMs > 0) others.push([index + 1, rank + 1, Math.max(0, Math.ceil(delayMs))]);
  }
  const named = {
    pusher: batch.pusher,
    numberOfBatch: batch.number,
    idList: JSON.stringify(jobs.map(({ id }) => id)),
    otherThan: JSON.stringify(others),
  };
  return { named, list: jobs.map(({ envelope }) => envelope) };
}
