import type { Settlement } from "../driver.ts";
import type { JobId } from "../../job/id.ts";
import { BYTES, type Kept } from "./kept.ts";
import { type Clock, dropOldFailed } from "./queues.ts";
import type { Store } from "./store.ts";

/** Who settles, in one transaction. */
export interface Settling {
  readonly store: Store;
  readonly queue: number;
  readonly taker: number;
  readonly clock: Clock;
  /** Undefined when the queue keeps no jobs that are done. */
  readonly kept: Kept | undefined;
}

/** What settling came to. */
export interface Settled {
  readonly lost: readonly JobId[];
  readonly done: number;
  /** Whether another taker may find something new: a job given back, or a nearer due time. */
  readonly rings: boolean;
}

/** Only the job that this very take gave to this very taker. A number that was given again to another row fails too. */
const HELD = "WHERE seq = ? AND take = ? AND taker = ? AND id = ? AND state = 3";

const DONE = `DELETE FROM job ${HELD}`;
const KEEP = `UPDATE job SET state = 5, order_us = ?, taker = NULL, take = NULL ${HELD} RETURNING ${BYTES} AS bytes`;
const RETRY_AT_ONCE = `UPDATE job SET state = 1, rank = 0, order_us = ?, record = ?, taker = NULL, take = NULL ${HELD}`;
const RETRY_LATER = `UPDATE job SET state = 2, order_us = ?, record = ?, taker = NULL, take = NULL ${HELD}`;
const FAILING = `UPDATE job SET record = ? ${HELD}`;
const FAILED = `UPDATE job SET state = 4, order_us = ?, record = ?, taker = NULL, take = NULL, interruptions = 0 ${HELD}`;
const RELEASE = `UPDATE job SET state = 1, rank = 0, order_us = ?, taker = NULL, take = NULL ${HELD}`;

/** Carries settlements out in their order; those by a taker that does not hold the job change nothing. */
export function settleAll(settling: Settling, settlements: readonly Settlement[]): Settled {
  const lost: JobId[] = [];
  const settled = new Set<Settlement["kind"]>();
  let done = 0;
  for (const settlement of settlements) {
    if (!settle(settling, settlement)) {
      lost.push(settlement.id);
      continue;
    }
    settled.add(settlement.kind);
    if (settlement.kind === "done") done += 1;
  }
  if (settled.has("failed")) dropOldFailed(settling.store, settling.queue);
  return { lost, done, rings: settled.has("retry") || settled.has("release") };
}

/** Carries one settlement out. Returns false when the taker does not hold the job. */
function settle({ store, taker, clock, kept }: Settling, settlement: Settlement): boolean {
  const token = parseToken(settlement.token);
  if (token === undefined) return false;
  const held = [token.seq, token.take, taker, settlement.id] as const;
  switch (settlement.kind) {
    case "done": {
      if (kept === undefined) return store.run(DONE, ...held) > 0;
      const job = store.get<{ bytes: number }>(KEEP, clock.next(), ...held);
      if (job !== undefined) kept.add(job.bytes);
      return job !== undefined;
    }
    case "retry": {
      const record = JSON.stringify(settlement.record);
      if (settlement.delayMs > 0) return store.run(RETRY_LATER, clock.dueUs(settlement.delayMs), record, ...held) > 0;
      return store.run(RETRY_AT_ONCE, clock.next(), record, ...held) > 0;
    }
    case "failing":
      return store.run(FAILING, JSON.stringify(settlement.record), ...held) > 0;
    case "failed":
      return store.run(FAILED, clock.next(), JSON.stringify(settlement.record), ...held) > 0;
    case "release":
      return store.run(RELEASE, clock.next(), ...held) > 0;
  }
}

/** Where a job stands and the number of the take that gave it out, so that no two takes have one token. */
interface Token {
  readonly seq: number;
  readonly take: number;
}

export function formatToken({ seq, take }: Token): string {
  return `${seq}.${take}`;
}

/** Reads a token; undefined for one that is none of this store's. */
function parseToken(token: string): Token | undefined {
  const dot = token.indexOf(".");
  const seq = Number(token.slice(0, dot));
  const take = Number(token.slice(dot + 1));
  return dot > 0 && Number.isSafeInteger(seq) && Number.isSafeInteger(take) ? { seq, take } : undefined;
}
