import { expect } from "bun:test";
import type {
  Driver,
  Exchange,
  ExchangeReply,
  NewJob,
  PushBatch,
  Recovery,
  Settlement,
  StoredJob,
  TakenJob,
  Taker,
} from "../../src/driver/driver.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";
import type { JobId } from "../../src/job/id.ts";
import type { DoneBounds, JobState, Mode } from "../../src/job/state.ts";
import { until } from "../support/until.ts";
import { ModelQueue } from "./queue.ts";

/** A real store as the property tests use it. */
export interface RealStore {
  readonly connections: readonly [Driver, Driver];
  /** Of a store with a line that can be cut: loses the next reply to a call of this kind by the first connection. */
  readonly cutReplyTo?: (call: Cuttable) => void;
  /** Loses none any more. */
  readonly spare?: () => void;
}

export type Cuttable = "push" | "exchange" | "recover";

/** A job that a taker holds, as each side gave it out. */
export interface Hold {
  readonly taker: Taker;
  readonly real: TakenJob;
  readonly model: TakenJob;
}

/** What a step wants settled: a job that was taken, and what becomes of it. */
export interface Verdict {
  readonly hold: Hold;
  readonly how: (token: string) => Settlement;
}

/** Which connection makes a call, and whether the reply to it is lost. */
export interface Way {
  readonly via: 0 | 1;
  readonly cut: boolean;
}

export interface Call extends Way {
  readonly take: number;
  readonly settle: readonly Verdict[];
  readonly leaseMs: number;
}

type ListedState = Exclude<JobState, "active">;

/** The place that a listing has come to, as each side names it. */
export interface Cursors {
  readonly state: ListedState;
  readonly real: string;
  readonly model: string;
}

/** Longer than a delay that a step waits for, and nothing beside one that it does not. */
const SOON_MS = 100;
/** A lease that ends while a step waits is shorter than this. */
const BRIEF_MS = 10;
const TOLERANCE_MS = 60_000;
/** Makes ready what is due on both sides. */
const SWEEPER: Taker = { owner: "sweeper" };

let pairs = 0;

/** A queue of a real store and its model. Every method does the same to both and compares what they answer. */
export class Pair {
  readonly #real: RealStore;
  readonly #name: string = `pair-${++pairs}`;
  readonly #model: ModelQueue;
  #now = Date.now();
  #tookAt = 0;
  /** Jobs that takers hold, and what was held once: its tokens are good for nothing any more. */
  holds: readonly Hold[] = [];
  gone: readonly Hold[] = [];
  cursors: readonly Cursors[] = [];

  constructor(real: RealStore) {
    this.#real = real;
    this.#model = new ModelQueue(() => this.#now);
  }

  // ── Pushers

  knows(id: JobId): boolean {
    return this.#model.get(id) !== undefined;
  }

  async push(jobs: readonly NewJob[], batch: PushBatch, how: Way): Promise<void> {
    const reply = await this.#by("push", how, (driver) => driver.push(this.#name, jobs, batch));
    const { duplicates } = this.#model.push(jobs, batch);
    // A batch that is carried out already names none.
    if (how.cut) expect(duplicates).toEqual(expect.arrayContaining([...reply.duplicates]));
    else expect(reply.duplicates).toEqual(duplicates);
    await this.#awaitDue(jobs.filter(({ delayMs }) => delayMs > 0 && delayMs < SOON_MS).map(({ id }) => id));
  }

  /** Waits until these are due in the real store, makes them due in the model, and ready in both. */
  async #awaitDue(ids: readonly JobId[]): Promise<void> {
    if (ids.length === 0) return;
    await until("they are due", async () => {
      const jobs = await Promise.all(ids.map((id) => this.#real.connections[0].get(this.#name, id)));
      const isDue = (dueInMs: number): boolean => dueInMs <= 0 || dueInMs > SOON_MS;
      return jobs.every((job) => job?.state !== "delayed" || isDue(job.dueInMs ?? 0));
    });
    this.#now += SOON_MS;
    await this.exchange(SWEEPER, { take: 0, settle: [], leaseMs: TOLERANCE_MS, via: 0, cut: false });
  }

  // ── Consumers

  async register(mode: Mode, keepFailed: number, keepDone?: DoneBounds): Promise<void> {
    const kept = keepDone === undefined ? {} : { keepDone };
    const settings = { mode, keepFailed, policy: DEFAULT_POLICY, maxSize: 1_000, ...kept };
    const before = this.#model.settings()?.mode;
    await this.#real.connections[0].register(this.#name, settings);
    this.#model.register(settings);
    // Where a listing goes on is told in the words of the mode.
    if (before !== mode) this.cursors = [];
    expect(await this.#real.connections[1].settings(this.#name)).toEqual(settings);
  }

  async exchange(taker: Taker, call: Call): Promise<void> {
    const { take, leaseMs } = call;
    const soon = call.settle.flatMap(({ how }) => dueSoon(how("")));
    // A call that is repeated would find due what it had delayed itself.
    const way = { via: call.via, cut: call.cut && soon.length === 0 };
    if (take > 0) this.#awaitTick();
    const settle = call.settle
      .toSorted((one, other) => rankOfMode(one) - rankOfMode(other))
      .map(({ hold, how }) => ({ real: how(hold.real.token), model: how(hold.model.token) }));
    const wanted = (side: "real" | "model"): Exchange => ({ take, leaseMs, settle: settle.map((one) => one[side]) });
    const real = await this.#by("exchange", way, (driver) => driver.exchange(this.#name, taker, wanted("real")));
    const model = this.#model.exchange(taker, wanted("model"));
    if (real.taken.length > 0) this.#tookAt = Date.now();
    this.#compareReplies(real, model, call);
    this.#note(taker, real, model);
    if (leaseMs < BRIEF_MS) await this.#awaitEnd(taker.owner);
    await this.#awaitDue(soon);
  }

  /** Who took first is known to the millisecond. */
  #awaitTick(): void {
    while (Date.now() === this.#tookAt);
  }

  #compareReplies(real: ExchangeReply, model: ExchangeReply, call: Call): void {
    const plain = ({ taken }: ExchangeReply): unknown[] => taken.map((job) => ({ ...job, token: undefined }));
    expect(plain(real)).toEqual(plain(model));
    expect(real.paused).toBe(model.paused);
    expectNear("nextDueMs", real.nextDueMs, model.nextDueMs);
    // When the reply was lost, a settlement may be taken for one that the lost call had carried out.
    if (call.cut) expect(model.lost).toEqual(expect.arrayContaining([...real.lost]));
    else expect(real.lost.toSorted()).toEqual(model.lost.toSorted());
  }

  #note(taker: Taker, real: ExchangeReply, model: ExchangeReply): void {
    const taken = real.taken.flatMap((job, index) => {
      const modelled = model.taken[index];
      return modelled === undefined ? [] : [{ taker, real: job, model: modelled }];
    });
    this.#retire();
    this.holds = [...this.holds, ...taken];
  }

  /** Sorts out what is held no longer, by the model. */
  #retire(): void {
    const isHeld = ({ model, taker }: Hold): boolean => this.#model.holds(taker, model);
    this.gone = [...this.gone, ...this.holds.filter((hold) => !isHeld(hold))].slice(-MOST_GONE);
    this.holds = this.holds.filter(isHeld);
  }

  async #awaitEnd(owner: string): Promise<void> {
    await until("the lease has ended", async () => {
      const leases = await this.#real.connections[0].owners(this.#name);
      return leases.some((lease) => lease.owner === owner && lease.endsInMs < 0);
    });
    this.#now += BRIEF_MS;
  }

  async recover(taker: Taker, how: Recovery, cut: boolean): Promise<void> {
    const count = await this.#by("recover", { via: 0, cut }, (driver) => driver.recover(this.#name, taker, how));
    const expected = this.#model.recover(taker, how);
    // What a call gave back whose reply was lost is not counted by the next.
    if (cut) expect(count).toBeLessThanOrEqual(expected);
    else expect(count).toBe(expected);
    this.#retire();
  }

  // ── Operators

  async retry(ids: readonly JobId[]): Promise<void> {
    expect(await this.#real.connections[1].retry(this.#name, ids)).toEqual(this.#model.retry(ids));
  }

  async remove(ids: readonly JobId[]): Promise<void> {
    const removed = await this.#real.connections[1].remove(this.#name, ids);
    expect(removed).toEqual(this.#model.remove(ids));
  }

  /** Which jobs go first is the store's affair: the model follows it. */
  async clean(limit: number, pool: readonly JobId[]): Promise<void> {
    const { ready, delayed, failed, kept } = this.#model.counts();
    const count = await this.#real.connections[1].clean(this.#name, limit);
    expect(count).toBe(Math.min(limit, ready + delayed + failed + kept));
    const left = await Promise.all(pool.map((id) => this.#real.connections[1].get(this.#name, id)));
    expect(this.#model.remove(pool.filter((_, index) => left[index] === undefined))).toHaveLength(count);
  }

  async pause(paused: "paused" | "running"): Promise<void> {
    await this.#real.connections[1].pause(this.#name, paused);
    this.#model.pause(paused);
  }

  /** Reads a page, from the beginning or from where an earlier listing stopped. */
  async list(state: ListedState, limit: number, from?: Cursors): Promise<void> {
    const real = await this.#real.connections[1].list(this.#name, state, limit, from?.real);
    const model = this.#model.list(state, limit, from?.model);
    this.#compareJobs(real.jobs, model.jobs);
    expect(real.next === undefined).toBe(model.next === undefined);
    if (real.next === undefined || model.next === undefined) return;
    this.cursors = [...this.cursors, { state, real: real.next, model: model.next }].slice(-MOST_CURSORS);
  }

  // ── What both sides say of everything

  async compareCounts(): Promise<void> {
    const { oldestMs: realOldest, ...real } = await this.#real.connections[0].counts(this.#name);
    const { oldestMs, ...model } = this.#model.counts();
    expect(real).toEqual(model);
    expectNear("oldestMs", realOldest, oldestMs);
  }

  async compareAll(pool: readonly JobId[]): Promise<void> {
    await this.compareCounts();
    const [first, second] = this.#real.connections;
    const real = await Promise.all(pool.map((id) => second.get(this.#name, id)));
    this.#compareJobs(
      real,
      pool.map((id) => this.#model.get(id)),
    );
    const leases = await first.owners(this.#name);
    const modelled = new Map(this.#model.owners().map(({ owner, endsInMs }) => [owner, endsInMs]));
    expect(leases.map(({ owner }) => owner).toSorted()).toEqual([...modelled.keys()].toSorted());
    for (const { owner, endsInMs } of leases) expectNear(`the lease of ${owner}`, endsInMs, modelled.get(owner));
  }

  #compareJobs(real: readonly (StoredJob | undefined)[], model: readonly (StoredJob | undefined)[]): void {
    const plain = (job: StoredJob | undefined): unknown =>
      job === undefined ? undefined : { ...job, dueInMs: undefined, failedAt: undefined, doneAt: undefined };
    expect(real.map(plain)).toEqual(model.map(plain));
    for (const [index, job] of real.entries()) {
      expectNear("dueInMs", job?.dueInMs, model[index]?.dueInMs);
      expectNear("failedAt", timeOf(job?.failedAt), timeOf(model[index]?.failedAt));
      expectNear("doneAt", timeOf(job?.doneAt), timeOf(model[index]?.doneAt));
    }
  }

  async #by<Reply>(kind: Cuttable, { via, cut }: Way, call: (driver: Driver) => Promise<Reply>): Promise<Reply> {
    if (cut && via === 0) this.#real.cutReplyTo?.(kind);
    const reply = await call(this.#real.connections[via]);
    this.#real.spare?.();
    return reply;
  }
}

const MOST_GONE = 20;
const MOST_CURSORS = 5;

/**
 * A queue may hand out jobs in both of its modes, when it changes from one to the other. In which order one call ends jobs
 * of different modes is not promised, so calls name them in that of the store: those of distribute mode first.
 */
function rankOfMode({ hold }: Verdict): number {
  return hold.real.token.includes(" ") ? 1 : 0;
}

/** Times of the two sides are never the same; what differs by more than a minute was given another delay. */
function expectNear(what: string, real: number | undefined, model: number | undefined): void {
  const differMs = real === undefined || model === undefined ? (real ?? model) : Math.abs(real - model);
  if (differMs !== undefined && !(real !== undefined && model !== undefined && differMs < TOLERANCE_MS)) {
    throw new Error(`${what}: the store says ${real}, the model ${model}`);
  }
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

function dueSoon(settlement: Settlement): readonly JobId[] {
  return settlement.kind === "retry" && settlement.delayMs > 0 && settlement.delayMs < SOON_MS ? [settlement.id] : [];
}
