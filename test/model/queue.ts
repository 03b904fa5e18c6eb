import {
  type Exchange,
  type ExchangeReply,
  type Held,
  type Lease,
  type NewJob,
  type Page,
  type PushBatch,
  type PushReply,
  type QueueCounts,
  type QueueSettings,
  type Recovery,
  type Settlement,
  type StoredJob,
  CALL_MAX,
  type TakenJob,
  type Taker,
} from "../../src/driver/driver.ts";
import type { JobRecord } from "../../src/job/attempt.ts";
import type { JobId } from "../../src/job/id.ts";
import { type JobState, PRIORITIES, type Priority } from "../../src/job/state.ts";

interface Job {
  readonly id: JobId;
  readonly envelope: string;
  readonly priority: Priority;
  state: JobState;
  /** When it came into its state; of a delayed one, when it is due. */
  at: number;
  /** Grows with every change of any job: of two, the later one is behind. */
  order: number;
  /** Among the ready: 0 for those that were given back, then by priority. */
  rank: number;
  record: JobRecord | undefined;
  interruptions: number;
  /** Of an active one. */
  taker: Taker;
  token: string;
  /** Whether it was handed to its taker, and no exchange of that one has collected it yet. */
  isHanded: boolean;
}

/** A taker that would begin so many jobs at once. */
interface Offer {
  readonly taker: Taker;
  left: number;
}

/** What a taker knows of its own exchanges. A store asks for it when a reply to one of them may have been lost. */
export interface TakerMemory {
  /** The tokens of what it was handed since, and has begun with. */
  readonly handed: ReadonlySet<string>;
  /** The tokens of the jobs that it knows to hold; undefined when it knows of all that it holds. */
  readonly known: ReadonlySet<string> | undefined;
  /** The settlements that were carried out since it last had a reply. */
  readonly unheard: Set<string>;
}

/**
 * One queue in memory, and the promises of `src/driver/driver.ts` as plainly as they can be said: every driver must
 * answer as this one does. Looks at every job for every question, so that there is nothing to keep in step.
 */
export class ModelQueue {
  readonly #now: () => number;
  /** Whether a job that is pushed alone goes straight to a taker that has offered to begin one. */
  readonly #handsOver: boolean;
  readonly #jobs = new Map<JobId, Job>();
  readonly #batches = new Map<string, number>();
  readonly #leases = new Map<string, number>();
  readonly #offers = new Map<string, Offer>();
  #settings: QueueSettings | undefined;
  #isPaused = false;
  #pushed = 0;
  #done = 0;
  #changes = 0;
  #takes = 0;
  /** How often jobs became ready where none were, and how often something else happened that takers wait for. */
  readonly rings: { ready: number; other: number } = { ready: 0, other: 0 };

  constructor(now: () => number, how: { readonly handsOver: boolean } = { handsOver: false }) {
    this.#now = now;
    this.#handsOver = how.handsOver;
  }

  // ── Pushers

  push(jobs: readonly NewJob[], batch: PushBatch): PushReply {
    if (batch.number <= (this.#batches.get(batch.pusher) ?? 0)) return { duplicates: [] };
    this.#batches.set(batch.pusher, batch.number);
    return this.#ringing(() => {
      const wasReady = this.#hasReady();
      const duplicates = jobs.filter((job) => !this.#make(job)).map(({ id }) => id);
      if (jobs.length === 1 && !wasReady) this.#handOver();
      return { duplicates };
    });
  }

  /** Hands the job that is ready, if there is one, to a taker that has offered to begin one at once. */
  #handOver(): void {
    const [offer] = this.#offers.values();
    const [job] = this.#in("ready");
    if (!this.#handsOver || this.#isPaused || this.#settings?.mode !== "distribute" || !offer || !job) return;
    if (this.#hasLeaseEnded(offer.taker.owner)) return;
    if (--offer.left === 0) this.#offers.delete(nameOf(offer.taker));
    this.#activate(job, offer.taker).isHanded = true;
  }

  #make({ id, envelope, delayMs, priority }: NewJob): boolean {
    if (this.#jobs.has(id)) return false;
    const fresh = {
      state: "ready",
      at: 0,
      order: 0,
      rank: 0,
      record: undefined,
      interruptions: 0,
      isHanded: false,
    } as const;
    const job: Job = { id, envelope, priority, ...fresh, taker: NOBODY, token: "" };
    this.#jobs.set(id, job);
    this.#pushed++;
    if (delayMs > 0) this.#delay(job, delayMs);
    else this.#makeReady(job, rankOf(job));
    return true;
  }

  settings(): QueueSettings | undefined {
    return this.#settings;
  }

  // ── Consumers

  register(settings: QueueSettings): void {
    if (this.#settings?.mode !== settings.mode) this.rings.other++;
    this.#settings = settings;
    this.#dropDone();
  }

  /** `memory` is given when a reply to an earlier exchange of the taker may have been lost. */
  exchange(taker: Taker, { settle, take, offer = 0, leaseMs }: Exchange, memory?: TakerMemory): ExchangeReply {
    return this.#ringing(() => {
      const collected = this.#collect(taker, memory);
      const lost = this.#settleAll(taker, settle, memory);
      this.#dropDone();
      this.#leases.set(taker.owner, this.#now() + leaseMs);
      for (const job of this.#in("delayed")) if (job.at <= this.#now()) this.#makeReady(job, rankOf(job));
      const handed = collected.filter((job) => job.state === "active");
      const known = memory?.known && new Set([...memory.known, ...handed.map(({ token }) => token)]);
      const jobs = [...handed, ...this.#take(taker, this.#isPaused ? 0 : take - handed.length, known)];
      const fitting = countFitting(jobs, handed.length);
      for (const job of jobs.slice(fitting)) this.#makeReady(job, GIVEN_BACK);
      const taken = jobs.slice(0, fitting).map(takenOf);
      const cut = fitting < jobs.length;
      const left = cut ? 0 : Math.min(offer, take - taken.length);
      if (left > 0 && !this.#isPaused) this.#offers.set(nameOf(taker), { taker, left });
      const due = this.#nextDue();
      const nextDueMs = Number.isFinite(due) ? Math.max(0, due - this.#now()) : undefined;
      return { taken, cut, lost, nextDueMs, paused: this.#isPaused };
    });
  }

  /** Those that were carried out before, though the taker did not hear of it, are neither repeated nor lost. */
  #settleAll(taker: Taker, settlements: readonly Settlement[], memory: TakerMemory | undefined): readonly JobId[] {
    if (settlements.length === 0) return [];
    const before = new Set(memory?.unheard);
    const lost: JobId[] = [];
    for (const settlement of settlements) {
      const name = `${settlement.kind} ${settlement.token}`;
      if (before.has(name) || this.#settle(taker, settlement)) memory?.unheard.add(name);
      else lost.push(settlement.id);
    }
    return lost;
  }

  #settle(taker: Taker, settlement: Settlement): boolean {
    const job = this.#held(taker, settlement);
    if (job === undefined) return false;
    if ("record" in settlement) job.record = settlement.record;
    switch (settlement.kind) {
      case "done":
        this.#done++;
        this.#move(job, "done", this.#now());
        break;
      case "retry":
        if (settlement.delayMs > 0) this.#delay(job, settlement.delayMs);
        else this.#makeReady(job, GIVEN_BACK);
        break;
      case "failed":
        this.#fail(job);
        break;
      case "release":
        this.#makeReady(job, GIVEN_BACK);
        break;
      case "failing":
    }
    return true;
  }

  /** The job, when this very taker holds it since it was given this very token. */
  #held(taker: Taker, { id, token }: Held): Job | undefined {
    const job = this.#jobs.get(id);
    return job?.state === "active" && job.token === token && isSame(job.taker, taker) ? job : undefined;
  }

  /** Ends the taker's offer. Gives what was handed to it and it does not know of: that is never given back from here. */
  #collect(taker: Taker, memory: TakerMemory | undefined): readonly Job[] {
    this.#offers.delete(nameOf(taker));
    const handed = this.#in("active").filter((job) => job.isHanded && isSame(job.taker, taker));
    for (const job of handed) job.isHanded = false;
    return handed.filter((job) => memory?.handed.has(job.token) !== true);
  }

  /** What was handed to the taker since its last exchange. */
  handedTo(taker: Taker): readonly TakenJob[] {
    return this.#in("active")
      .filter((job) => job.isHanded && isSame(job.taker, taker))
      .map(takenOf);
  }

  /** Gives what the taker holds and does not know of, and then what is ready. */
  #take(taker: Taker, count: number, known: ReadonlySet<string> | undefined): readonly Job[] {
    const isUnknown = (job: Job): boolean => isSame(job.taker, taker) && known?.has(job.token) === false;
    const unknown = known === undefined ? [] : this.#in("active").filter(isUnknown);
    const most = Math.max(0, count);
    for (const job of unknown.slice(most)) this.#makeReady(job, GIVEN_BACK);
    const taken = unknown.slice(0, most);
    for (const job of this.#in("ready").slice(0, most - taken.length)) taken.push(this.#activate(job, taker));
    return taken;
  }

  /** Gives the taker the first job that is ready, before it asks. */
  grant(taker: Taker): TakenJob | undefined {
    const [first] = this.#isPaused ? [] : this.#in("ready");
    return first === undefined ? undefined : takenOf(this.#activate(first, taker));
  }

  /** Whether the taker holds the job, with this token. */
  holds(taker: Taker, job: Held): boolean {
    return this.#held(taker, job) !== undefined;
  }

  /** One that holds something and has no lease is as one whose lease has ended. */
  owners(): readonly Lease[] {
    const ends = new Map(this.#in("active").map(({ taker }) => [taker.owner, this.#now() - 1]));
    for (const [owner, endsAt] of this.#leases) ends.set(owner, endsAt);
    return Array.from(ends, ([owner, endsAt]) => ({ owner, endsInMs: endsAt - this.#now() }));
  }

  recover(taker: Taker, how: Recovery): number {
    const { owner, worker } = taker;
    if (how.onlyIfExpired === true && !this.#hasLeaseEnded(owner)) return 0;
    return this.#ringing(() => {
      for (const [name, offer] of this.#offers) if (isOf(offer.taker, taker)) this.#offers.delete(name);
      const held = this.#in("active").filter((job) => isOf(job.taker, taker));
      for (const job of held) {
        if (how.as === "interrupted") job.interruptions++;
        this.#makeReady(job, GIVEN_BACK);
      }
      if (worker === undefined) this.#leases.delete(owner);
      return held.length;
    });
  }

  #hasLeaseEnded(owner: string): boolean {
    return (this.#leases.get(owner) ?? 0) < this.#now();
  }

  get(id: JobId): StoredJob | undefined {
    const job = this.#jobs.get(id);
    return job === undefined ? undefined : this.#stored(job);
  }

  // ── Operators

  counts(): QueueCounts {
    const count = (state: JobState): number => this.#in(state).length;
    const oldest = Math.min(...this.#in("ready").map((job) => job.at));
    return {
      mode: this.#settings?.mode ?? "distribute",
      paused: this.#isPaused,
      pushed: this.#pushed,
      done: this.#done,
      ready: count("ready"),
      delayed: count("delayed"),
      active: count("active"),
      failed: count("failed"),
      kept: count("done"),
      oldestMs: count("ready") === 0 ? undefined : this.#now() - oldest,
    };
  }

  list(state: Exclude<JobState, "active">, limit: number, cursor?: string): Page {
    const behind = cursor === undefined ? undefined : readCursor(cursor);
    const jobs = this.#in(state).filter((job) => behind === undefined || compare(placeOf(job), behind) > 0);
    const page = jobs.slice(0, limit);
    const last = page.at(-1);
    const next = jobs.length > page.length && last !== undefined ? placeOf(last).join("/") : undefined;
    return { jobs: page.map((job) => this.#stored(job)), next };
  }

  retry(ids: readonly JobId[]): readonly JobId[] {
    return this.#ringing(() =>
      ids.filter((id) => {
        const job = this.#jobs.get(id);
        if (job?.state !== "failed") return false;
        job.record = undefined;
        job.interruptions = 0;
        this.#makeReady(job, rankOf(job));
        return true;
      }),
    );
  }

  remove(ids: readonly JobId[]): readonly JobId[] {
    return ids.filter((id) => this.#jobs.get(id)?.state !== "active" && this.#jobs.delete(id));
  }

  clean(limit: number): number {
    const idle = [...this.#jobs.values()].filter((job) => job.state !== "active");
    return this.remove(idle.slice(0, limit).map(({ id }) => id)).length;
  }

  pause(paused: "paused" | "running"): void {
    this.#isPaused = paused === "paused";
    this.rings.other++;
  }

  // ── States

  /** The jobs of a state in their order: that in which they are taken, fall due, were taken, or the newest first. */
  #in(state: JobState): Job[] {
    const jobs: Job[] = [];
    for (const job of this.#jobs.values()) if (job.state === state) jobs.push(job);
    return jobs.length < 2 ? jobs : jobs.sort((one, other) => compare(placeOf(one), placeOf(other)));
  }

  #move(job: Job, state: JobState, at: number): Job {
    return Object.assign(job, { state, at, order: ++this.#changes, isHanded: false });
  }

  #makeReady(job: Job, rank: number): void {
    this.#move(job, "ready", this.#now()).rank = rank;
  }

  #delay(job: Job, delayMs: number): void {
    this.#move(job, "delayed", this.#now() + Math.ceil(delayMs));
  }

  #activate(job: Job, taker: Taker): Job {
    return Object.assign(this.#move(job, "active", this.#now()), { taker, token: `take-${++this.#takes}` });
  }

  #fail(job: Job): void {
    job.interruptions = 0;
    this.#move(job, "failed", this.#now());
    const keep = this.#settings?.keepFailed ?? Number.POSITIVE_INFINITY;
    for (const { id } of this.#in("failed").slice(keep)) this.#jobs.delete(id);
  }

  /** Drops what is done and not to be kept: the oldest, as long as any bound is exceeded. */
  #dropDone(): void {
    const done = this.#in("done");
    const { count = Infinity, bytes = Infinity, ageMs = Infinity } = this.#settings?.keepDone ?? { count: 0 };
    let size = done.reduce((sum, job) => sum + sizeOf(job), 0);
    for (let oldest = done.pop(); oldest !== undefined; oldest = done.pop()) {
      if (done.length < count && size <= bytes && oldest.at >= this.#now() - ageMs) break;
      this.#jobs.delete(oldest.id);
      size -= sizeOf(oldest);
    }
  }

  /** When the first delayed job is due; never, when there is none. */
  #nextDue(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const job of this.#jobs.values()) if (job.state === "delayed") due = Math.min(due, job.at);
    return due;
  }

  #hasReady(): boolean {
    for (const job of this.#jobs.values()) if (job.state === "ready") return true;
    return false;
  }

  #stored(job: Job): StoredJob {
    const { id, state, envelope, record, interruptions } = job;
    return {
      id,
      state,
      envelope,
      interruptions,
      ...(record === undefined ? {} : { record }),
      ...(state === "delayed" ? { dueInMs: Math.max(0, job.at - this.#now()) } : {}),
      ...(state === "failed" ? { failedAt: new Date(job.at).toISOString() } : {}),
      ...(state === "done" ? { doneAt: new Date(job.at).toISOString() } : {}),
    };
  }

  /** Notes what a taker that waits is to hear of: a job where none was ready, or a due time before all others. */
  #ringing<Result>(work: () => Result): Result {
    const wasReady = this.#hasReady();
    const dueBefore = this.#nextDue();
    const result = work();
    if (!wasReady && this.#hasReady()) this.rings.ready++;
    if (this.#nextDue() < dueBefore) this.rings.other++;
    return result;
  }
}

const NOBODY: Taker = { owner: "" };
const GIVEN_BACK = 0;

function rankOf({ priority }: Job): number {
  return 1 + PRIORITIES.indexOf(priority);
}

function sizeOf({ envelope, record }: Job): number {
  return Buffer.byteLength(envelope) + (record === undefined ? 0 : Buffer.byteLength(JSON.stringify(record)));
}

/** How many of these jobs, from the first, one reply may have: one at least, and all that were handed. */
function countFitting(jobs: readonly Job[], handed: number): number {
  let size = 0;
  const over = jobs.findIndex(({ envelope }, index) => {
    size += envelope.length;
    return size > CALL_MAX && index > 0 && index >= handed;
  });
  return over === -1 ? jobs.length : over;
}

function takenOf({ id, token, envelope, record, interruptions }: Job): TakenJob {
  const job = { id, token, envelope, interruptions };
  return record === undefined ? job : { ...job, record };
}

function nameOf({ owner, worker = "" }: Taker): string {
  return `${owner} ${worker}`;
}

/** Whether `one` is this taker, or one of its workers. */
function isOf(one: Taker, { owner, worker }: Taker): boolean {
  return one.owner === owner && (worker === undefined || one.worker === worker);
}

function isSame(one: Taker, other: Taker): boolean {
  return one.owner === other.owner && one.worker === other.worker;
}

type Place = readonly [first: number, second: number];

/** Where a job stands among those of its state. */
function placeOf(job: Job): Place {
  switch (job.state) {
    case "ready":
      return [job.rank, job.order];
    case "delayed":
      return [job.at, job.order];
    case "active":
      return [0, job.order];
    case "failed":
    case "done":
      return [0, -job.order];
  }
}

function compare(one: Place, other: Place): number {
  return one[0] - other[0] || one[1] - other[1];
}

function readCursor(cursor: string): Place {
  const [first, second] = cursor.split("/").map(Number);
  return [first ?? 0, second ?? 0];
}
