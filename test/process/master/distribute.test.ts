import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Driver, TakenJob, Taker } from "../../../src/driver/driver.ts";
import { boardsIn } from "../../../src/process/boards.ts";
import { hostClock } from "../../../src/process/clock.ts";
import type { CreditRule } from "../../../src/process/credit.ts";
import { ExchangeLoop } from "../../../src/process/exchange-loop.ts";
import { DistributeIntake } from "../../../src/process/master/distribute.ts";
import { Fleet } from "../../../src/process/master/fleet.ts";
import { ModelDriver } from "../../model/driver.ts";
import { ModelStore } from "../../model/store.ts";
import { until } from "../../support/until.ts";
import { Workers } from "./workers.ts";

const folder = mkdtempSync(join(tmpdir(), "mpq-distribute-"));
afterAll(() => rmSync(folder, { recursive: true }));

const QUEUE = "q";
const TAKER: Taker = { owner: "o.1." };
const JOBS = jobs("abcd");
/** When a slow run has begun. */
const LONG_AGO = hostClock.now() - 60_000;
/** When one has that is not slow, however long the test takes. */
const JUST_NOW = hostClock.now() + 60_000;

/** A job for each letter. */
function jobs(ids: string): readonly TakenJob[] {
  return Array.from(ids, (id) => ({ id, token: id, envelope: "", interruptions: 0 }));
}

/** An intake with so many workers, which do what the test says. */
class Bench {
  readonly workers: Workers = new Workers();
  readonly intake: DistributeIntake;
  readonly store: Driver;
  readonly loop: ExchangeLoop;
  readonly #fleet: Fleet;

  constructor(size = 1, rule: CreditRule = { concurrency: JOBS.length, prefetch: 0 }) {
    this.store = new ModelDriver(new ModelStore(hostClock, { grants: false }));
    const times = { clock: hostClock, sweepMs: () => 1_000, restMs: 1_000 };
    this.loop = new ExchangeLoop(
      { kind: "distributor", store: this.store, queue: QUEUE, taker: TAKER, most: 500, ...times },
      {
        wanted: () => 0,
        idle: () => 0,
        onTaken: none,
        onDry: none,
        onSettled: none,
        onStoreLost: none,
        onStoreBack: none,
      },
    );
    this.intake = new DistributeIntake(() => rule, {
      clock: hostClock,
      loop: () => this.loop,
      fleet: () => this.#fleet,
    });
    const role = { role: "worker", config: undefined, queue: QUEUE, ...TAKER, mode: "distribute" } as const;
    const place = { clock: hostClock, boards: boardsIn(folder), spawn: this.workers.spawn };
    const plan = { ...place, size, stopTimeoutMs: () => 0, role };
    this.#fleet = new Fleet(plan, {
      onReady: () => this.intake.onReady(),
      onProgress: (worker, failures) => this.intake.onProgress(worker, failures),
      onLeaving: (worker) => this.intake.onLeaving(worker),
      onLost: (worker, exit) => this.intake.onLost(worker, exit),
      onBroken: none,
    });
    this.#fleet.start();
    this.workers.allReady();
  }
}

function none(): void {}

test("jobs that a dead worker had not begun go to its successor in their order, before those that came later", () => {
  const bench = new Bench();
  bench.intake.onTaken(JOBS.slice(0, 3));
  bench.workers.die();
  bench.intake.onTaken(JOBS.slice(3));
  bench.workers.ready();
  expect(bench.workers.handed).toEqual([
    ["a", "b", "c"],
    ["a", "b", "c", "d"],
  ]);
});

test("jobs that were on their way when nothing new was to be taken go back to the store at once", async () => {
  const { intake, loop, store } = new Bench();
  const job = { id: "a", envelope: "", delayMs: 0, priority: "normal" } as const;
  await store.push(QUEUE, [job], { pusher: "p", number: 1 });
  const { taken } = await store.exchange(QUEUE, TAKER, { settle: [], take: 1, leaseMs: 1_000 });
  loop.start();
  intake.quiet();
  intake.onTaken(taken);
  await until("it is given back", async () => (await store.get(QUEUE, "a"))?.state === "ready");
  await loop.stop();
});

describe("while a slow job runs", () => {
  test("all that waits behind it goes to others, and its worker is handed nothing until it has told of progress", () => {
    const { intake, workers } = new Bench(3, { concurrency: 1, prefetch: 4 });
    intake.onTaken(jobs("aAbBcC"));
    workers.begin(0, "a", LONG_AGO);
    intake.balance();
    expect(workers.handed).toEqual([
      ["a", "A"],
      ["b", "B", "A"],
      ["c", "C"],
    ]);
    intake.onTaken(jobs("12345"));
    expect(workers.handed[0]).toEqual(["a", "A"]);
    // The others are full by now.
    expect(intake.wanted()).toBe(0);
    workers.done(0, "a");
    expect(intake.wanted()).toBe(5);
    intake.onTaken(jobs("6"));
    expect(workers.handed[0]).toEqual(["a", "A", "6"]);
  });

  test("what waits in another slow worker goes to the first that has done its own", () => {
    const { intake, workers } = new Bench(2, { concurrency: 1, prefetch: 4 });
    intake.onTaken(jobs("aAbB"));
    workers.begin(0, "a", LONG_AGO);
    workers.begin(1, "b", LONG_AGO);
    intake.balance();
    expect(workers.handed).toEqual([
      ["a", "A"],
      ["b", "B"],
    ]);
    workers.done(1, "b");
    intake.balance();
    expect(workers.handed).toEqual([
      ["a", "A"],
      ["b", "B", "A"],
    ]);
  });

  test("a worker that may run more beside it is handed more", () => {
    const { intake, workers } = new Bench(2, { concurrency: 2, prefetch: 0 });
    intake.onTaken(jobs("ab"));
    workers.begin(0, "a", LONG_AGO);
    intake.balance();
    intake.onTaken(jobs("AB"));
    expect(workers.handed).toEqual([
      ["a", "A"],
      ["b", "B"],
    ]);
    expect(workers.asked).toEqual([]);
  });

  test("a worker that may run more and does not come to it is handed nothing until it answers", () => {
    const { intake, workers } = new Bench(2, { concurrency: 2, prefetch: 4 });
    intake.onTaken(jobs("aAbB"));
    workers.begin(0, "a", LONG_AGO);
    intake.balance();
    intake.balance();
    expect(workers.handed).toEqual([
      ["a", "A"],
      ["b", "B", "A"],
    ]);
    expect(workers.asked).toEqual([0]);
    intake.onTaken(jobs("1"));
    expect(workers.handed[1]).toEqual(["b", "B", "A", "1"]);
    workers.report(0);
    intake.onTaken(jobs("2"));
    expect(workers.handed[0]).toEqual(["a", "A", "2"]);
  });

  test("a worker that began another one meanwhile keeps what waits in it, while none is idle", () => {
    const { intake, workers } = new Bench(2, { concurrency: 2, prefetch: 4 });
    intake.onTaken(jobs("aAxbBy"));
    workers.begin(0, "a", LONG_AGO);
    workers.begin(0, "A", JUST_NOW);
    intake.balance();
    expect(workers.handed).toEqual([
      ["a", "A", "x"],
      ["b", "B", "y"],
    ]);
    workers.begin(1, "b", LONG_AGO);
    for (const id of "bBy") workers.done(1, id);
    intake.balance();
    expect(workers.handed[1]).toEqual(["b", "B", "y", "x"]);
  });
});

describe("when the store has no more", () => {
  test("an idle worker gets its part of what waits in the one that has most", () => {
    const { intake, workers } = new Bench(3, { concurrency: 1, prefetch: 4 });
    intake.onTaken(jobs("abcdefghijkl"));
    workers.begin(0, "a", JUST_NOW);
    for (const id of "ijkl") workers.done(2, id);
    workers.done(1, "e");
    intake.onDry();
    expect(workers.handed).toEqual([
      ["a", "b", "c", "d"],
      ["e", "f", "g", "h"],
      ["i", "j", "k", "l", "d"],
    ]);
  });

  test("nothing is moved while each has something to do", () => {
    const { intake, workers } = new Bench(2, { concurrency: 1, prefetch: 4 });
    intake.onTaken(jobs("abcdefgh"));
    for (const id of "efg") workers.done(1, id);
    intake.onDry();
    expect(workers.handed).toEqual([
      ["a", "b", "c", "d"],
      ["e", "f", "g", "h"],
    ]);
  });
});

test("what another worker has ended is settled with what one tells, when it was not read for long", async () => {
  const { intake, loop, store, workers } = new Bench(2, { concurrency: 1, prefetch: 4 });
  const pushed = Array.from("abcd", (id) => ({ id, envelope: "", delayMs: 0, priority: "normal" }) as const);
  await store.push(QUEUE, pushed, { pusher: "p", number: 1 });
  const { taken } = await store.exchange(QUEUE, TAKER, { settle: [], take: 4, leaseMs: 60_000 });
  intake.onTaken(taken);
  workers.end(0, "a");
  workers.done(1, "c");
  loop.start();
  await until("both are settled", async () => (await store.counts(QUEUE)).active === 2);
  await loop.stop();
});
