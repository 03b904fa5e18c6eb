/**
 * The border between mpq and a store. The process tree, the client and the commands know only this file.
 *
 * Every method is a promise about a transition (`docs/states.md`), and says whether it may be repeated. All times are
 * the store's own: no method takes "now", only durations. What a method does to several jobs it does to each of them
 * atomically, never half. Nothing that correctness rests on expires by itself.
 *
 * Every method rejects with `STORE_UNREACHABLE` when the store does not answer within the driver's own bound, and with
 * `STORE_CLOSED` after `close`. `test/driver/contract.ts` holds every promise; run it on a driver of your own.
 */
import type { JobId } from "../job/id.ts";
import type { OperatorStore, StoredJob } from "./operators.ts";
import type { CheckedStore } from "./checkup.ts";
import type { ServiceStore } from "./services.ts";
import type { JobRecord } from "../job/attempt.ts";
import type { RunPolicy } from "../job/retry.ts";
import type { DoneBounds, Mode, Priority } from "../job/state.ts";

export type * from "./operators.ts";
export type * from "./checkup.ts";
export type * from "./services.ts";

export interface Driver extends PusherStore, ConsumerStore, ServiceStore, OperatorStore, CheckedStore {
  /** Names the store in messages, without secrets: `sqlite:/srv/mpq.db`, `redis://cache:6379/0`. */
  readonly label: string;
  /** Ends every wait and connection. What still runs rejects with `STORE_CLOSED`. May be repeated. */
  close(): Promise<void>;
}

// ── Pushers ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface PusherStore {
  /**
   * Makes jobs: `ready` at once, or `delayed` until their delay is over. One round trip, however many.
   *
   * A job whose id the queue holds already, kept `done` ones too, is left as it is and reported as a duplicate. May be repeated with the same
   * `batch` while the reply is unknown: a batch that was carried out is not carried out again, not even when its jobs
   * are done and forgotten. For this a pusher sends its batches to a queue one after another, never two at once.
   */
  push(queue: string, jobs: readonly NewJob[], batch: PushBatch): Promise<PushReply>;

  /** What the queue's service registered, or undefined when none ever did. */
  settings(queue: string): Promise<QueueSettings | undefined>;
}

export interface NewJob {
  readonly id: JobId;
  readonly envelope: string;
  readonly delayMs: number;
  readonly priority: Priority;
  /** The pusher chose the id, so the queue may hold it: then that job is left as it is. mpq's own ids are new ones. */
  readonly mayBeKnown?: boolean;
}

/** Tells a repeated batch from a new one: the pusher's own random name, and a number that is higher for each new batch. */
export interface PushBatch {
  readonly pusher: string;
  readonly number: number;
}

export interface PushReply {
  /** Ids that the queue held already. Empty when the batch had been carried out before. */
  readonly duplicates: readonly JobId[];
}

/** What a queue's service tells pushers and stores: the policy of jobs that bring none, and the bounds to keep. */
export interface QueueSettings {
  readonly mode: Mode;
  readonly policy: RunPolicy;
  /** Bytes of data that a job of this queue may have. */
  readonly maxSize: number;
  /** Failed jobs that are kept; beyond it the oldest are dropped. */
  readonly keepFailed: number;
  /** Jobs that are done and kept; none when absent. */
  readonly keepDone?: DoneBounds;
}

// ── Consumers ──────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Who takes jobs. `owner` is one incarnation of one master and has the lease; `worker` says which of its workers takes
 * for itself (grab mode), and is absent when the master takes (distribute mode). Both are short and without spaces;
 * `worker` is unique among all workers that the owner ever had.
 */
export interface Taker {
  readonly owner: string;
  readonly worker?: string;
}

/** Characters that a token has at most: so many have room on a worker's board, where numbers of eight bytes come next. */
export const TOKEN_MAX = 40;

/**
 * Characters of jobs that one call carries at most, a push or an exchange, unless it carries one job alone: it must not hold
 * the store up for long, and either side can hold it in one piece.
 */
export const CALL_MAX: number = 4 * 1024 * 1024;

/**
 * A job that a taker holds. `token` is new each time a job is taken, and proves in a settlement that it is still held: up to
 * {@link TOKEN_MAX} printable ASCII characters.
 */
export interface TakenJob {
  readonly id: JobId;
  readonly token: string;
  readonly envelope: string;
  /** Absent for a job that never failed. */
  readonly record?: JobRecord;
  /** How often the job lost its owner without a fault that could be shown. */
  readonly interruptions: number;
}

/** What becomes of a job that its taker holds. */
export type Settlement = Held &
  (
    | { readonly kind: "done" }
    /** Runs again: `delayed`, or `ready` before all others when the delay is 0. */
    | { readonly kind: "retry"; readonly delayMs: number; readonly record: JobRecord }
    /** The handler will not run again. The taker keeps the job, to run its failure callback; so the token stays good. */
    | { readonly kind: "failing"; readonly record: JobRecord }
    | { readonly kind: "failed"; readonly record: JobRecord }
    /** Given back untouched: `ready` before all others. */
    | { readonly kind: "release" }
  );

/** A job and the token it was taken with. */
export interface Held {
  readonly id: JobId;
  readonly token: string;
}

export interface Exchange {
  readonly settle: readonly Settlement[];
  /** Jobs wanted now; 0 settles only. */
  readonly take: number;
  /**
   * How many of them would be begun at once; none when absent. When the store has none now, it may hand so many to the
   * taker from here on, until its next exchange: `wait` returns them, and the next exchange those that no wait has
   * returned.
   */
  readonly offer?: number;
  /** How long the owner's lease runs from now. */
  readonly leaseMs: number;
}

export interface ExchangeReply {
  /**
   * At most as many as were wanted, in order: given back first, then by priority, then by the time they became ready. No more
   * of them than {@link CALL_MAX} allows, though one at least. And what was handed to the taker since its last exchange.
   */
  readonly taken: readonly TakenJob[];
  /** Whether it is for {@link CALL_MAX} that there are not as many as were wanted. */
  readonly cut: boolean;
  /** Settlements that changed nothing, because the taker no longer holds the job. */
  readonly lost: readonly JobId[];
  /**
   * Milliseconds until the taker comes again because of a delayed job: when the next one is due, or a moment later where
   * it is given what another taker makes ready. 0 when one is due now; undefined when none waits for its time.
   */
  readonly nextDueMs: number | undefined;
  readonly paused: boolean;
}

export interface ConsumerStore {
  /**
   * Makes the queue known with these settings. When the mode changes, ready jobs are moved, and what is kept beyond
   * `keepDone` is dropped, in bounded steps; nothing is lost if that stops half-way, and the next `register` goes on.
   * May be repeated.
   */
  register(queue: string, settings: QueueSettings): Promise<void>;

  /**
   * Settles, renews the owner's lease, makes ready what is due and drops what is kept beyond `keepDone` (a bounded
   * number of each), and takes: one call to the store.
   *
   * A settlement by a taker that does not hold the job with that token changes nothing and is named in `lost`, so
   * settlements may be repeated. Takes nothing while the queue is paused. Works in either mode of the queue, with or
   * without `worker`. A reply that is lost after the store took jobs loses none: the next exchange of the same taker
   * that succeeds returns them as well. A master also settles in the name of a worker, by a driver that never took for
   * it: that touches nothing but what is settled.
   */
  exchange(queue: string, taker: Taker, exchange: Exchange): Promise<ExchangeReply>;

  /**
   * Resolves when the queue may have something for the taker that the last `exchange` did not see: a ready job, a
   * nearer due time, the end of a pause; and after `timeoutMs` at the latest, and at once when `signal` aborts. Never
   * misses a change between the exchange and the wait, and may resolve without one. Polls nothing.
   *
   * Gives the jobs that the store handed to the taker meanwhile, which it holds from then on as if it had taken them: up
   * to its last offer in distribute mode, one in grab mode. An empty list says: look. A store need not hand out anything.
   */
  wait(queue: string, taker: Taker, timeoutMs: number, signal: AbortSignal): Promise<readonly TakenJob[]>;

  /** The owners that hold a lease on this queue, ended or not, and in how many milliseconds it ends (negative: ago). */
  owners(queue: string): Promise<readonly Lease[]>;

  /**
   * Takes every job from a taker that is known to be dead, or whose lease has ended, and makes it `ready` before all
   * others: in bounded steps, in the order in which they were taken. Without `worker` the owner itself and all of its
   * workers lose theirs, and the owner's lease is forgotten. `interrupted` counts an interruption for each job,
   * `untouched` counts none. With `onlyIfExpired` nothing happens unless the owner's lease has ended by the store's
   * clock. Returns how many jobs were given back. May be repeated.
   */
  recover(queue: string, taker: Taker, how: Recovery): Promise<number>;

  /** Reads a job that stands in the store, or undefined. */
  get(queue: string, id: JobId): Promise<StoredJob | undefined>;
}

export interface Lease {
  readonly owner: string;
  readonly endsInMs: number;
}

export interface Recovery {
  readonly as: "interrupted" | "untouched";
  readonly onlyIfExpired?: true;
}
