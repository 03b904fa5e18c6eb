import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConsumerStore, Driver, Settlement, TakenJob } from "../../src/driver/driver.ts";
import { sqlite } from "../../src/driver/sqlite/sqlite.ts";
import { MpqError } from "../../src/errors.ts";
import { encodeEnvelope } from "../../src/job/envelope.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";
import { hostClock } from "../../src/process/clock.ts";
import { ExchangeLoop } from "../../src/process/exchange-loop.ts";
import { until } from "../support/until.ts";

const QUEUE = "q";
const TAKER = { owner: "owner.1." };
/** No test waits for a sweep: what it sees was brought about by a bell or a poke. */
const NO_SWEEP_MS = 86_400_000;
/** Between two calls of an idle loop. */
const REST_MS = 5_000;

/** A real store, and a loop on it whose calls can be refused, held up and looked at. */
class Bench {
  readonly store: Driver;
  readonly loop: ExchangeLoop;
  readonly taken: TakenJob[] = [];
  readonly settled: string[] = [];
  readonly lost: string[] = [];
  /** What the loop said of the store. */
  readonly said: string[] = [];
  /** What each call to `exchange` settled, also of those that were refused. */
  readonly calls: string[][] = [];
  /** So many calls are refused from now on. */
  refusals = 0;
  /** Calls wait for this before they go to the store. */
  gate: Promise<void> = Promise.resolve();
  room = 100;
  /** How many jobs it had told of each time when it said that the store has no more. */
  readonly dryAfter: number[] = [];
  underWay = 0;
  mostUnderWay = 0;

  private constructor(store: Driver) {
    this.store = store;
    const place = {
      clock: hostClock,
      store: this.#watched(),
      queue: QUEUE,
      taker: TAKER,
      kind: "distributor" as const,
      most: 500,
      restMs: REST_MS,
      sweepMs: () => NO_SWEEP_MS,
    };
    this.loop = new ExchangeLoop(place, {
      wanted: () => this.room,
      idle: () => 0,
      onTaken: (jobs) => this.taken.push(...jobs),
      onDry: () => this.dryAfter.push(this.taken.length),
      onSettled: (settled, lost) => {
        this.settled.push(...settled.map(({ id }) => id));
        this.lost.push(...lost);
      },
      onStoreLost: () => this.said.push("lost"),
      onStoreBack: () => this.said.push("back"),
    });
  }

  static async open(): Promise<Bench> {
    const folder = mkdtempSync(join(tmpdir(), "mpq-loop-"));
    const driver = await sqlite(join(folder, "mpq.db")).open();
    await driver.register(QUEUE, { mode: "distribute", policy: DEFAULT_POLICY, maxSize: 1_000, keepFailed: 10 });
    const bench = new Bench(driver);
    benches.push({ bench, folder });
    return bench;
  }

  /** The store with the faults that the test wants; everything else is the real one. */
  #watched(): ConsumerStore {
    const { store } = this;
    return {
      register: (...args) => store.register(...args),
      wait: (...args) => store.wait(...args),
      owners: (...args) => store.owners(...args),
      recover: (...args) => store.recover(...args),
      get: (...args) => store.get(...args),
      exchange: async (queue, taker, exchange) => {
        this.mostUnderWay = Math.max(this.mostUnderWay, ++this.underWay);
        this.calls.push(exchange.settle.map(({ id }) => id));
        try {
          await this.gate;
          if (this.refusals > 0) throw this.#refusal();
          return await store.exchange(queue, taker, exchange);
        } finally {
          this.underWay--;
        }
      },
    };
  }

  #refusal(): MpqError {
    this.refusals--;
    return new MpqError("STORE_UNREACHABLE", "the test refuses this call");
  }

  #pushes = 0;

  async push(...ids: readonly string[]): Promise<void> {
    const envelope = encodeEnvelope({ name: "job", policy: DEFAULT_POLICY });
    const jobs = ids.map((id) => ({ id, envelope, delayMs: 0, priority: "normal" as const }));
    await this.store.push(QUEUE, jobs, { pusher: "test", number: ++this.#pushes });
  }

  /** Starts the loop and waits until it has taken these jobs. */
  async take(...ids: readonly string[]): Promise<readonly TakenJob[]> {
    await this.push(...ids);
    this.loop.start();
    await until("all are taken", () => this.taken.length === ids.length);
    return this.taken;
  }

  settleAll(jobs: readonly TakenJob[]): void {
    for (const { id, token } of jobs) this.loop.settle({ id, token, kind: "done" });
    this.loop.poke();
  }

  async done(): Promise<number> {
    return (await this.store.counts(QUEUE)).done;
  }
}

const benches: { readonly bench: Bench; readonly folder: string }[] = [];
afterEach(async () => {
  for (const { bench, folder } of benches.splice(0)) {
    await bench.loop.stop();
    await bench.store.close();
    rmSync(folder, { recursive: true });
  }
});

/** Whether a promise is still open once the store has had the time for a call of its own. */
async function isOpen(bench: Bench, promise: Promise<unknown>): Promise<boolean> {
  let open = true;
  void promise.then(() => (open = false));
  await bench.store.counts(QUEUE);
  await new Promise((resolve) => setImmediate(resolve));
  return open;
}

describe("taking", () => {
  test("says that the store has no more when it gave less than was wanted, after telling of what it gave", async () => {
    const bench = await Bench.open();
    bench.room = 2;
    await bench.take("a", "b", "c");
    await until("it has said so", () => bench.dryAfter.length > 0);
    expect(bench.dryAfter[0]).toBe(3);
  });

  test("a job that is pushed while the loop waits is taken without a sweep", async () => {
    const bench = await Bench.open();
    bench.loop.start();
    await until("the loop has looked and found nothing", () => bench.calls.length > 0 && bench.underWay === 0);
    await bench.push("a");
    await until("it is taken", () => bench.taken.length === 1);
    expect(bench.taken[0]?.id).toBe("a");
  });

  test("a job that a refused call was to bring is taken by the next call, long before a sweep", async () => {
    const bench = await Bench.open();
    bench.loop.start();
    await until("the loop has looked and found nothing", () => bench.calls.length > 0 && bench.underWay === 0);
    bench.refusals = 2;
    await bench.push("a");
    await until("it is taken", () => bench.taken.length === 1, REST_MS / 2);
    expect(bench.said).toEqual(["lost", "back"]);
  });

  test("nothing is taken while there is no room, and at once when there is", async () => {
    const bench = await Bench.open();
    bench.room = 0;
    await bench.push("a", "b");
    bench.loop.start();
    await until("the loop has looked", () => bench.calls.length > 0 && bench.underWay === 0);
    expect(bench.taken).toEqual([]);
    bench.room = 1;
    bench.loop.poke();
    await until("one is taken", () => bench.taken.length > 0);
    bench.room = 0;
    expect(bench.taken[0]?.id).toBe("a");
  });

  test("one call is under way at a time, however much is asked for meanwhile", async () => {
    const bench = await Bench.open();
    const ids = Array.from({ length: 40 }, (_, n) => `job-${n}`);
    const taken = await bench.take(...ids);
    for (const job of taken) bench.settleAll([job]);
    await bench.loop.flushed();
    expect([await bench.done(), bench.mostUnderWay]).toEqual([40, 1]);
  });
});

describe("what was settled", () => {
  test("is told to the store again after it was refused, and everything in the order in which it was settled", async () => {
    const bench = await Bench.open();
    const [first, second, third] = await bench.take("a", "b", "c");
    const jobs = [first, second, third].filter((job) => job !== undefined);
    const before = bench.calls.length;
    bench.refusals = 2;
    bench.settleAll(jobs.slice(0, 2));
    await until("the store has refused once", () => bench.refusals < 2);
    bench.settleAll(jobs.slice(2));
    await bench.loop.flushed();
    expect(await bench.done()).toBe(3);
    expect(bench.settled).toEqual(["a", "b", "c"]);
    const told = bench.calls.slice(before).filter((ids) => ids.length > 0);
    expect(told[0]).toEqual(["a", "b"]);
    expect(told.at(-1)).toEqual(["a", "b", "c"]);
  });

  test("is one outage, however many calls fail: its begin and its end are told once", async () => {
    const bench = await Bench.open();
    const jobs = await bench.take("a");
    bench.refusals = 3;
    bench.settleAll(jobs);
    await bench.loop.flushed();
    expect(bench.said).toEqual(["lost", "back"]);
  });

  test("is told by the lane that took the job, also where the job was lost and came back to the other one", async () => {
    const bench = await Bench.open();
    const [first] = await bench.take("a");
    const gate = Promise.withResolvers<void>();
    bench.gate = gate.promise;
    bench.settleAll(first === undefined ? [] : [first]);
    await until("the first lane is at work", () => bench.underWay === 1);
    bench.gate = Promise.resolve();
    // The call that is under way asks for all the room there was.
    bench.room *= 2;
    await bench.push("b");
    await until("the second lane has taken it", () => bench.taken.length === 2);
    gate.resolve();
    await bench.loop.flushed();
    expect(await bench.store.recover(QUEUE, TAKER, { as: "interrupted" })).toBe(1);
    await until("the first lane has taken it again", () => bench.taken.length === 3);
    bench.settleAll(bench.taken.slice(1));
    await bench.loop.flushed();
    expect([await bench.done(), bench.lost]).toEqual([2, ["b"]]);
  });

  test("by one who does not hold the job changes nothing, and is named", async () => {
    const bench = await Bench.open();
    const [job] = await bench.take("a");
    const late: Settlement = { id: "a", token: `${job?.token}x`, kind: "done" };
    bench.loop.settle(late);
    await bench.loop.flushed();
    expect([bench.lost, await bench.done()]).toEqual([["a"], 0]);
  });
});

describe("flushed", () => {
  test("comes when the store has confirmed, and not before", async () => {
    const bench = await Bench.open();
    const jobs = await bench.take("a");
    const gate = Promise.withResolvers<void>();
    bench.gate = gate.promise;
    bench.settleAll(jobs);
    const flushed = bench.loop.flushed();
    expect(await isOpen(bench, flushed)).toBe(true);
    gate.resolve();
    await flushed;
    expect(await bench.done()).toBe(1);
  });

  test("waits through an outage", async () => {
    const bench = await Bench.open();
    const jobs = await bench.take("a");
    bench.refusals = 2;
    bench.settleAll(jobs);
    await bench.loop.flushed();
    expect([await bench.done(), bench.refusals]).toEqual([1, 0]);
  });

  test("comes at once when there is nothing to confirm", async () => {
    const bench = await Bench.open();
    await bench.loop.flushed();
    expect(bench.calls).toEqual([]);
  });
});

describe("stop", () => {
  test("ends the loop while it waits for the store", async () => {
    const bench = await Bench.open();
    bench.loop.start();
    await until("the loop has looked", () => bench.calls.length > 0 && bench.underWay === 0);
    await bench.loop.stop();
    const calls = bench.calls.length;
    await bench.push("a");
    bench.loop.poke();
    expect([bench.calls.length, bench.taken.length]).toEqual([calls, 0]);
  });

  test("leaves what is not confirmed to the lease: the job stays with its owner, and may be taken back", async () => {
    const bench = await Bench.open();
    const jobs = await bench.take("a");
    bench.refusals = Number.POSITIVE_INFINITY;
    bench.settleAll(jobs);
    await until("the store is away", () => bench.said.includes("lost"));
    await bench.loop.stop();
    expect(await bench.store.counts(QUEUE)).toMatchObject({ active: 1, done: 0 });
    expect(await bench.store.recover(QUEUE, TAKER, { as: "interrupted" })).toBe(1);
  });

  test("lets nobody wait for what will never be confirmed", async () => {
    const bench = await Bench.open();
    const jobs = await bench.take("a");
    bench.refusals = Number.POSITIVE_INFINITY;
    bench.settleAll(jobs);
    const flushed = bench.loop.flushed();
    await until("the store is away", () => bench.said.includes("lost"));
    await bench.loop.stop();
    await flushed;
    expect(bench.settled).toEqual([]);
  });

  test("may be called twice, and before the start", async () => {
    const bench = await Bench.open();
    await bench.loop.stop();
    bench.loop.start();
    await bench.loop.stop();
    await bench.loop.stop();
    expect(bench.taken).toEqual([]);
  });
});
