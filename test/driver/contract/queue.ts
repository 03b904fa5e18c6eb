import type {
  Driver,
  ExchangeReply,
  Held,
  NewJob,
  PushReply,
  Settlement,
  TakenJob,
  Taker,
} from "../../../src/driver/driver.ts";
import { type JobRecord, NEW_RECORD } from "../../../src/job/attempt.ts";
import type { JobId } from "../../../src/job/id.ts";

/** A lease that does not end while a test runs. */
export const LONG_LEASE_MS = 60_000;
/** A lease that ends at once. */
export const SHORT_LEASE_MS = 1;
/** A delay that does not end while a test runs. */
export const LONG_DELAY_MS = 3_600_000;

/** What a test says of a job that it pushes; the rest does not matter to it. */
export type JobSketch = JobId | (Partial<NewJob> & { readonly id: JobId });

let pushersMade = 0;

/** One queue as a test uses it, with the words of the driver. */
export class TestQueue {
  readonly name: string;
  readonly taker: Taker;
  readonly driver: Driver;
  readonly #pusher: string;
  #batches = 0;

  constructor(driver: Driver, name: string, taker: Taker) {
    this.driver = driver;
    this.name = name;
    this.taker = taker;
    pushersMade += 1;
    this.#pusher = `pusher-${pushersMade}`;
  }

  /** The same queue through another connection. */
  through(driver: Driver, taker: Taker = this.taker): TestQueue {
    return new TestQueue(driver, this.name, taker);
  }

  push(...jobs: readonly JobSketch[]): Promise<PushReply> {
    this.#batches += 1;
    const batch = { pusher: this.#pusher, number: this.#batches };
    return this.driver.push(this.name, jobs.map(newJob), batch);
  }

  exchange(take: number, settle: readonly Settlement[] = [], taker: Taker = this.taker): Promise<ExchangeReply> {
    return this.driver.exchange(this.name, taker, { settle, take, leaseMs: LONG_LEASE_MS });
  }

  async take(count: number, taker: Taker = this.taker): Promise<readonly TakenJob[]> {
    return (await this.exchange(count, [], taker)).taken;
  }

  /** Takes as a consumer does that would begin `count` at once: what a wait gives, or else what an exchange then finds. */
  async waitAndTake(count: number, timeoutMs: number = LONG_LEASE_MS): Promise<readonly JobId[]> {
    const handed = await this.driver.wait(this.name, this.taker, timeoutMs, new AbortController().signal);
    return handed.length > 0 ? handed.map((job) => job.id) : this.takeIds(count);
  }

  /** Says that `count` jobs would be begun at once, with nothing there to take. */
  async offer(count: number, taker: Taker = this.taker): Promise<void> {
    const exchange = { settle: [], take: count, offer: count, leaseMs: LONG_LEASE_MS };
    const { taken } = await this.driver.exchange(this.name, taker, exchange);
    if (taken.length > 0) throw new Error(`${taken.length} jobs were there to be taken`);
  }

  /** Takes the one job that there is to take. */
  async takeOne(taker: Taker = this.taker): Promise<TakenJob> {
    const taken = await this.take(2, taker);
    const [job] = taken;
    if (job === undefined || taken.length > 1) throw new Error(`took ${taken.length} jobs instead of one`);
    return job;
  }

  async takeIds(count: number, taker: Taker = this.taker): Promise<readonly JobId[]> {
    return (await this.take(count, taker)).map((job) => job.id);
  }

  /** Settles, and returns the ids that the taker no longer held. */
  async settle(settle: readonly Settlement[], taker: Taker = this.taker): Promise<readonly JobId[]> {
    return (await this.exchange(0, settle, taker)).lost;
  }

  /** Pushes one job and takes it. */
  async pushAndTake(sketch: JobSketch, taker: Taker = this.taker): Promise<TakenJob> {
    await this.push(sketch);
    return this.takeOne(taker);
  }

  /** Makes jobs that have failed, one after another. */
  async fail(...ids: readonly JobId[]): Promise<void> {
    for (const id of ids) {
      const job = await this.pushAndTake(id);
      const lost = await this.settle([failed(job)]);
      if (lost.length > 0) throw new Error(`${id} was lost before it failed`);
    }
  }
}

export function newJob(sketch: JobSketch): NewJob {
  const given = typeof sketch === "string" ? { id: sketch } : sketch;
  return { envelope: `{"n":"${given.id}"}`, delayMs: 0, priority: "normal", ...given };
}

/** A job whose pusher chose the id, so that its queue may hold it already. */
export function chosen(sketch: JobSketch): NewJob {
  return { ...newJob(sketch), mayBeKnown: true };
}

/** Ids that differ in their number alone: `job-0`, `job-1` and so on. */
export function numbered(count: number, prefix = "job"): readonly JobId[] {
  return Array.from({ length: count }, (_, number) => `${prefix}-${number}`);
}

export const ONE_FAILURE: JobRecord = {
  ...NEW_RECORD,
  attempts: [
    {
      outcome: "error",
      error: { name: "TypeError", message: "it broke", stack: "TypeError: it broke\n    at handle" },
      startedAt: "2026-01-02T03:04:05.678Z",
      seconds: 0.25,
      worker: "host:123",
    },
  ],
};

export const FAILING: JobRecord = { ...ONE_FAILURE, phase: "failing" };

export function done({ id, token }: Held): Settlement {
  return { id, token, kind: "done" };
}

export function release({ id, token }: Held): Settlement {
  return { id, token, kind: "release" };
}

export function retry({ id, token }: Held, delayMs: number, record: JobRecord = ONE_FAILURE): Settlement {
  return { id, token, kind: "retry", delayMs, record };
}

export function failing({ id, token }: Held): Settlement {
  return { id, token, kind: "failing", record: FAILING };
}

export function failed({ id, token }: Held): Settlement {
  return { id, token, kind: "failed", record: FAILING };
}
