/** Turns what scripts tell of jobs into what operators see. */
import type { JobId } from "../../job/id.ts";
import { readRecord } from "../../job/record.ts";
import type { Mode } from "../../job/state.ts";
import type { Page, QueueCounts, StoredJob } from "../driver.ts";
import type { CountsResult, FoundJob } from "./scripts.ts";

/** The store counts microseconds from 2020. */
const EPOCH_MS = Date.UTC(2020, 0, 1);

export function storedJobOf([id, state, envelope, record, at, interruptions]: FoundJob): StoredJob {
  const known = record === "" ? {} : { record: readRecord(record) };
  const job = { id, envelope, interruptions: Number(interruptions), ...known };
  switch (state) {
    case "delayed":
      return { ...job, state, dueInMs: Number(at) };
    case "failed":
      return { ...job, state, failedAt: timeOf(at) };
    case "done":
      return { ...job, state, doneAt: timeOf(at) };
    default:
      return { ...job, state: state === "ready" ? "ready" : "active" };
  }
}

function timeOf(micros: string): string {
  return new Date(EPOCH_MS + Number(micros) / 1000).toISOString();
}

/** A page of what `lua/list.lua` listed: ids and scores, one more than `limit` when there is another page. */
export async function pageOf(
  listed: readonly string[],
  limit: number,
  read: (ids: readonly JobId[]) => Promise<readonly StoredJob[]>,
): Promise<Page> {
  const shown = listed.slice(0, 2 * limit);
  const ids = shown.filter((_, at) => at % 2 === 0);
  const jobs = ids.length === 0 ? [] : await read(ids);
  return { jobs, next: listed.length > shown.length ? `${shown.at(-1)}/${shown.at(-2)}` : undefined };
}

/** Of a queue that no service registered yet. */
const DEFAULT_MODE: Mode = "distribute";

export function countsOf(counts: CountsResult): QueueCounts {
  const [mode, paused, pushed, done, ready, delayed, active, failed, kept, oldestMs] = counts;
  return {
    mode: mode === "" ? DEFAULT_MODE : mode,
    paused: paused === "1",
    pushed,
    done,
    ready,
    delayed,
    active,
    failed,
    kept,
    oldestMs: oldestMs < 0 ? undefined : oldestMs,
  };
}
