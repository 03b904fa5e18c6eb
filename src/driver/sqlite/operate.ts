import type { JobId } from "../../job/id.ts";
import { deleteJobs } from "./kept.ts";
import { Clock, ensureQueue, findQueue, ring } from "./queues.ts";
import type { Store } from "./store.ts";

/** Jobs that one transaction changes or deletes. */
const AT_ONCE = 500;

const RETRY_FAILED = `
  UPDATE job SET state = 1, rank = priority, order_us = ?, record = NULL, interruptions = 0
  WHERE queue = ? AND id = ? AND state = 4`;

/** Makes failed jobs ready. Returns the ids of those. */
export function retryFailed(store: Store, name: string, ids: readonly JobId[]): Promise<readonly JobId[]> {
  return inSteps(ids, (some) => store.write(() => retrySome(store, name, some)));
}

function retrySome(store: Store, name: string, ids: readonly JobId[]): readonly JobId[] {
  const queue = findQueue(store, name);
  if (queue === undefined) return [];
  const clock = new Clock(queue);
  const retried = ids.filter((id) => store.run(RETRY_FAILED, clock.next(), queue.no, id) > 0);
  if (retried.length > 0) ring(store, queue, clock);
  return retried;
}

const REMOVE = `
  DELETE FROM job WHERE queue = (SELECT no FROM queue WHERE name = ?) AND id = ? AND state <> 3`;

/** Deletes jobs that are not active. Returns the ids of those. */
export function removeJobs(store: Store, name: string, ids: readonly JobId[]): Promise<readonly JobId[]> {
  return inSteps(ids, (some) => store.write(() => some.filter((id) => deleteJobs(store, name, REMOVE, name, id) > 0)));
}

async function inSteps(
  ids: readonly JobId[],
  step: (some: readonly JobId[]) => Promise<readonly JobId[]>,
): Promise<readonly JobId[]> {
  const changed: JobId[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    changed.push(...(await step(ids.slice(start, start + AT_ONCE))));
  }
  return changed;
}

const CLEAN = `
  DELETE FROM job WHERE seq IN (
    SELECT seq FROM job WHERE queue = (SELECT no FROM queue WHERE name = ?) AND state <> 3 LIMIT ?)`;

/** Deletes some jobs that are not active. Returns how many. */
export function cleanSome(store: Store, name: string, limit: number): number {
  return deleteJobs(store, name, CLEAN, name, Math.min(limit, AT_ONCE));
}

/** Pauses or resumes a queue. */
export function setPaused(store: Store, name: string, paused: "paused" | "running"): void {
  const queue = ensureQueue(store, name);
  store.run("UPDATE queue SET paused = ? WHERE no = ?", paused === "paused" ? 1 : 0, queue.no);
  ring(store, queue, new Clock(queue));
}
