import type { DoneBounds } from "../../job/state.ts";
import type { QueueRow } from "./queues.ts";
import type { Store, Value } from "./store.ts";

/** Jobs that one statement drops. */
const STEP = 100;

/** What the bounds on bytes count of a job. */
export const BYTES = "octet_length(envelope) + coalesce(octet_length(record), 0)";

const TOTALS = "SELECT kept AS count, kept_bytes AS bytes FROM queue WHERE no = ?";
const SAVE = "UPDATE queue SET kept = ?, kept_bytes = ? WHERE no = ?";
const OLDEST = `
  SELECT seq, order_us, ${BYTES} AS bytes FROM job WHERE queue = ? AND state >= 4 AND state = 5 ORDER BY order_us, seq LIMIT ?`;
const DROP = "DELETE FROM job WHERE seq IN (SELECT value FROM json_each(?))";

/** The jobs of a queue that are done and kept, as one transaction changes them. {@link save} ends it. */
export class Kept {
  readonly #store: Store;
  readonly #queue: number;
  readonly #bounds: DoneBounds;
  #count: number;
  #bytes: number;

  constructor(store: Store, queue: number, bounds: DoneBounds) {
    this.#store = store;
    this.#queue = queue;
    this.#bounds = bounds;
    ({ count: this.#count, bytes: this.#bytes } = store.get<Totals>(TOTALS, queue) ?? NOTHING);
  }

  /** Those of a queue that keeps any. */
  static of(store: Store, { no, keep_done }: QueueRow): Kept | undefined {
    return keep_done === null ? undefined : new Kept(store, no, JSON.parse(keep_done) as DoneBounds);
  }

  /** Counts one more, of so many bytes. */
  add(bytes: number): void {
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** Drops what is beyond the bounds, oldest first and at most `limit`. Returns how many. */
  trim(nowMs: number, limit: number): number {
    let dropped = 0;
    // The first step looks whether there is anything to do.
    for (let step = 1; dropped < limit; step = STEP) {
      const most = Math.min(step, limit - dropped);
      const gone = this.#beyond(nowMs, this.#store.all<OldestRow>(OLDEST, this.#queue, most));
      if (gone.length > 0) this.#store.run(DROP, JSON.stringify(gone));
      dropped += gone.length;
      if (gone.length < most) break;
    }
    return dropped;
  }

  /** Of the oldest ones those that are to go, which count no longer. */
  #beyond(nowMs: number, oldest: readonly OldestRow[]): readonly number[] {
    const { count = Infinity, bytes = Infinity, ageMs = Infinity } = this.#bounds;
    const gone: number[] = [];
    for (const row of oldest) {
      const isOver = this.#count > count || this.#bytes > bytes || row.order_us < (nowMs - ageMs) * 1000;
      if (!isOver) break;
      this.#count -= 1;
      this.#bytes -= row.bytes;
      gone.push(row.seq);
    }
    return gone;
  }

  save(): void {
    this.#store.run(SAVE, this.#count, this.#bytes, this.#queue);
  }
}

interface Totals {
  readonly count: number;
  readonly bytes: number;
}

const NOTHING: Totals = { count: 0, bytes: 0 };

interface OldestRow {
  readonly seq: number;
  readonly order_us: number;
  readonly bytes: number;
}

/** Runs a deletion of jobs in any state, and no longer counts those of them that were kept. Returns how many it deleted. */
export function deleteJobs(store: Store, name: string, sql: string, ...values: readonly Value[]): number {
  const gone = store.all<{ state: number; bytes: number }>(`${sql} RETURNING state, ${BYTES} AS bytes`, ...values);
  const kept = gone.filter(({ state }) => state === 5);
  const bytes = kept.reduce((sum, row) => sum + row.bytes, 0);
  const forget = "UPDATE queue SET kept = kept - ?, kept_bytes = kept_bytes - ? WHERE name = ?";
  if (kept.length > 0) store.run(forget, kept.length, bytes, name);
  return gone.length;
}
