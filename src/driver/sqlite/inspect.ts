import type { Page, QueueCounts, StoredJob } from "../driver.ts";
import type { JobId } from "../../job/id.ts";
import type { JobState, Mode } from "../../job/state.ts";
import { readRecord } from "../../job/record.ts";
import type { Store, Value } from "./store.ts";

/** The states as the file has them, from 1. */
const STATES = ["ready", "delayed", "active", "failed", "done"] as const satisfies readonly JobState[];

interface JobRow {
  readonly seq: number;
  readonly id: JobId;
  readonly state: number;
  readonly rank: number;
  readonly order_us: number;
  readonly envelope: string;
  readonly record: string | null;
  readonly interruptions: number;
}

const SELECT_JOB = `
  SELECT seq, id, state, rank, order_us, envelope, record, interruptions
  FROM job WHERE queue = (SELECT no FROM queue WHERE name = ?)`;

export function getJob(store: Store, name: string, id: JobId): StoredJob | undefined {
  const row = store.get<JobRow>(`${SELECT_JOB} AND id = ?`, name, id);
  return row === undefined ? undefined : storedJob(row, Date.now());
}

function storedJob(row: JobRow, nowMs: number): StoredJob {
  const state = STATES[row.state - 1];
  if (state === undefined) throw new TypeError(`a job has the state ${row.state}`);
  const atMs = row.order_us / 1000;
  return {
    id: row.id,
    state,
    envelope: row.envelope,
    interruptions: row.interruptions,
    ...(row.record === null ? {} : { record: readRecord(row.record) }),
    ...(state === "delayed" ? { dueInMs: Math.max(0, atMs - nowMs) } : {}),
    ...(state === "failed" ? { failedAt: new Date(atMs).toISOString() } : {}),
    ...(state === "done" ? { doneAt: new Date(atMs).toISOString() } : {}),
  };
}

/** Begins a page behind the row with these three figures. A cursor is the figures of the last row before it. */
const LIST: Readonly<Record<Exclude<JobState, "active">, string>> = {
  ready: `${SELECT_JOB} AND state = 1 AND (rank, order_us, seq) > (?, ?, ?) ORDER BY rank, order_us, seq LIMIT ?`,
  delayed: `${SELECT_JOB} AND state = 2 AND ? >= 0 AND (order_us, seq) > (?, ?) ORDER BY order_us, seq LIMIT ?`,
  failed: newestFirst(4),
  done: newestFirst(5),
};

function newestFirst(state: number): string {
  return `${SELECT_JOB} AND state >= 4 AND state = ${state} AND ? >= 0 AND (order_us, seq) < (?, ?) ORDER BY order_us DESC, seq DESC LIMIT ?`;
}

export interface Listing {
  readonly queue: string;
  readonly state: keyof typeof LIST;
  readonly limit: number;
  readonly cursor: string | undefined;
}

export function listJobs(store: Store, { queue, state, limit, cursor }: Listing): Page {
  const start = state === "failed" || state === "done" ? Number.MAX_SAFE_INTEGER : -1;
  const from = cursor === undefined ? [0, start, start] : cursor.split(".").map(Number);
  const values: readonly Value[] = [queue, ...from, limit + 1];
  const rows = store.all<JobRow>(LIST[state], ...values);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nowMs = Date.now();
  const next = rows.length > limit && last ? `${last.rank}.${last.order_us}.${last.seq}` : undefined;
  return { jobs: page.map((row) => storedJob(row, nowMs)), next };
}

interface CountsRow extends Omit<QueueCounts, "paused" | "mode" | "oldestMs"> {
  readonly paused: 0 | 1;
  readonly mode: Mode;
  readonly oldestUs: number | null;
}

/** The four ranks one by one, so that each looks at one entry of the index. */
const OLDEST = ["0", "1", "2", "3"]
  .map((rank) => `(SELECT min(order_us) AS us FROM job WHERE queue = no AND state = 1 AND rank = ${rank})`)
  .join(" UNION ALL SELECT us FROM ");

const COUNTS = `
  SELECT coalesce(settings ->> 'mode', 'distribute') AS mode, paused, pushed, done,
    (SELECT count(*) FROM job WHERE queue = no AND state = 1) AS ready,
    (SELECT count(*) FROM job WHERE queue = no AND state = 2) AS delayed,
    (SELECT count(*) FROM job WHERE queue = no AND state = 3) AS active,
    (SELECT count(*) FROM job WHERE queue = no AND state >= 4 AND state = 4) AS failed, kept,
    (SELECT min(us) FROM (SELECT us FROM ${OLDEST})) AS oldestUs
  FROM queue WHERE name = ?`;

const NOTHING = { pushed: 0, done: 0, ready: 0, delayed: 0, active: 0, failed: 0, kept: 0 };

export function countJobs(store: Store, name: string): QueueCounts {
  const row = store.get<CountsRow>(COUNTS, name);
  if (row === undefined) return { mode: "distribute", paused: false, ...NOTHING, oldestMs: undefined };
  const { oldestUs, paused, ...counts } = row;
  const oldestMs = oldestUs === null ? undefined : Math.max(0, Math.floor(Date.now() - oldestUs / 1000));
  return { ...counts, paused: paused === 1, oldestMs };
}

export function queueNames(store: Store): readonly string[] {
  return store.all<{ name: string }>("SELECT name FROM queue ORDER BY name").map(({ name }) => name);
}
