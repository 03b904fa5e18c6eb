/**
 * The embedded store: one file that every process of a host opens for itself. Both modes keep jobs in the same way, so
 * a mode is only a setting here. What a transaction does stands in the files beside this one; this file says which
 * method is which transaction.
 */
import { MpqError } from "../../errors.ts";
import type { JobId } from "../../job/id.ts";
import type { JobState } from "../../job/state.ts";
import type * as border from "../driver.ts";
import { Checkpoints } from "./checkpoints.ts";
import { checkUp } from "./checkup.ts";
import { type Exchanged, exchange } from "./exchange.ts";
import { countJobs, getJob, listJobs, queueNames } from "./inspect.ts";
import { cleanSome, removeJobs, retryFailed, setPaused } from "./operate.ts";
import { push } from "./push.ts";
import { readSettings, register } from "./queues.ts";
import { recover } from "./recover.ts";
import { claimService, holderOf, releaseService } from "./services.ts";
import type { Store } from "./store.ts";
import { owners } from "./takers.ts";
import { type Seen, Waiting } from "./waiting.ts";

/** No bell has this figure: a taker that made no exchange yet does not wait. */
const NOTHING_SEEN: Seen = { bell: -1 };

export class SqliteDriver implements border.Driver {
  readonly label: string;
  readonly #store: Store;
  readonly #waiting: Waiting;
  readonly #checkpoints: Checkpoints;
  readonly #pushers = new Set<string>();
  /** How each taker's last exchange left its queue. */
  readonly #left = new Map<string, Pick<Exchanged, "bell" | "firstDueUs">>();
  /** Owners that asked for jobs of a queue, by whichever of their takers; others wait for due times alone. */
  readonly #asking = new Set<string>();

  constructor(store: Store) {
    this.label = store.label;
    this.#store = store;
    this.#waiting = new Waiting(store);
    this.#checkpoints = new Checkpoints(store);
  }

  async close(): Promise<void> {
    this.#waiting.end(new MpqError("STORE_CLOSED", `${this.label} was closed during the wait; open it again to go on`));
    this.#checkpoints.end();
    this.#store.close();
  }

  // ── Pushers

  async push(queue: string, jobs: readonly border.NewJob[], batch: border.PushBatch): Promise<border.PushReply> {
    const isFirst = !this.#pushers.has(batch.pusher);
    const reply = await this.#change(() => push(this.#store, queue, jobs, { ...batch, isFirst }));
    this.#pushers.add(batch.pusher);
    return reply;
  }

  settings(queue: string): Promise<border.QueueSettings | undefined> {
    return this.#store.read(() => readSettings(this.#store, queue));
  }

  // ── Consumers

  register(queue: string, settings: border.QueueSettings): Promise<void> {
    return register(this.#store, queue, settings);
  }

  async exchange(queue: string, taker: border.Taker, wanted: border.Exchange): Promise<border.ExchangeReply> {
    // This call holds up whatever the process is in the middle of, so it waits until that has come to a rest.
    await new Promise((resolve) => setImmediate(resolve));
    const { reply, bell, firstDueUs } = await this.#change(() => exchange(this.#store, queue, taker, wanted));
    this.#left.set(takerKey(queue, taker), { bell, firstDueUs });
    if (wanted.take > 0) this.#asking.add(takerKey(queue, { owner: taker.owner }));
    return reply;
  }

  async wait(queue: string, taker: border.Taker, timeoutMs: number, signal: AbortSignal): Promise<readonly []> {
    this.#store.assertOpen();
    await this.#waiting.wait({ queue, seen: this.#seenBy(queue, taker), timeoutMs, signal });
    return [];
  }

  #seenBy(queue: string, taker: border.Taker): Seen {
    const left = this.#left.get(takerKey(queue, taker));
    if (left === undefined) return NOTHING_SEEN;
    const isAsking = this.#asking.has(takerKey(queue, { owner: taker.owner }));
    return isAsking ? { bell: left.bell } : { firstDueUs: left.firstDueUs };
  }

  /** As a write, though it changes nothing: what can be read while nobody can renew a lease says of nobody that he is dead. */
  owners(queue: string): Promise<readonly border.Lease[]> {
    return this.#store.write(() => owners(this.#store, queue));
  }

  async recover(queue: string, taker: border.Taker, how: border.Recovery): Promise<number> {
    const count = await recover(this.#store, queue, taker, how);
    this.#waiting.look();
    return count;
  }

  get(queue: string, id: JobId): Promise<border.StoredJob | undefined> {
    return this.#store.read(() => getJob(this.#store, queue, id));
  }

  // ── Services

  /** Who holds the name has the log moved to the file from now on, while others write. */
  async claimService(
    name: string,
    holder: border.ServiceHolder,
    leaseMs: number,
    instead?: string,
  ): Promise<border.ServiceClaim> {
    const claim = await this.#store.write(() => claimService(this.#store, { name, holder, leaseMs, instead }));
    if (claim.held) this.#checkpoints.begin();
    return claim;
  }

  releaseService(name: string, incarnation: string): Promise<void> {
    return this.#store.write(() => releaseService(this.#store, name, incarnation));
  }

  holderOf(name: string): Promise<border.HeldService | undefined> {
    return this.#store.read(() => holderOf(this.#store, name));
  }

  // ── Operators

  checkup(): Promise<readonly border.Finding[]> {
    return this.#store.read(() => checkUp(this.#store));
  }

  queues(): Promise<readonly string[]> {
    return this.#store.read(() => queueNames(this.#store));
  }

  counts(queue: string): Promise<border.QueueCounts> {
    return this.#store.read(() => countJobs(this.#store, queue));
  }

  list(queue: string, state: Exclude<JobState, "active">, limit: number, cursor?: string): Promise<border.Page> {
    return this.#store.read(() => listJobs(this.#store, { queue, state, limit, cursor }));
  }

  async retry(queue: string, ids: readonly JobId[]): Promise<readonly JobId[]> {
    this.#store.assertOpen();
    const retried = await retryFailed(this.#store, queue, ids);
    this.#waiting.look();
    return retried;
  }

  async remove(queue: string, ids: readonly JobId[]): Promise<readonly JobId[]> {
    this.#store.assertOpen();
    return removeJobs(this.#store, queue, ids);
  }

  clean(queue: string, limit: number): Promise<number> {
    return this.#store.write(() => cleanSome(this.#store, queue, limit));
  }

  pause(queue: string, paused: "paused" | "running"): Promise<void> {
    return this.#change(() => setPaused(this.#store, queue, paused));
  }

  /** A transaction that may ring a bell: whoever waits on this connection hears it from here. */
  async #change<Result>(work: () => Result): Promise<Result> {
    const result = await this.#store.write(work);
    this.#waiting.look();
    return result;
  }
}

function takerKey(queue: string, { owner, worker = "" }: border.Taker): string {
  return `${owner} ${worker} ${queue}`;
}
