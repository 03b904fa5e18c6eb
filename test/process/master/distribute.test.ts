import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Driver, TakenJob, Taker } from "../../../src/driver/driver.ts";
import { boardsIn } from "../../../src/process/boards.ts";
import { hostClock } from "../../../src/process/clock.ts";
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
const JOBS: readonly TakenJob[] = ["a", "b", "c", "d"].map((id) => ({ id, token: id, envelope: "", interruptions: 0 }));

/** An intake with one worker after another, which do nothing. */
class Bench {
  readonly workers: Workers = new Workers();
  readonly intake: DistributeIntake;
  readonly store: Driver;
  readonly loop: ExchangeLoop;
  readonly #fleet: Fleet;

  constructor() {
    this.store = new ModelDriver(new ModelStore(hostClock, { grants: false }));
    const times = { clock: hostClock, sweepMs: () => 1_000, restMs: 1_000 };
    this.loop = new ExchangeLoop(
      { kind: "distributor", store: this.store, queue: QUEUE, taker: TAKER, ...times },
      { wanted: () => 0, idle: () => 0, onTaken: none, onSettled: none, onStoreLost: none, onStoreBack: none },
    );
    const rule = { concurrency: JOBS.length, prefetch: 0 };
    this.intake = new DistributeIntake(() => rule, {
      clock: hostClock,
      loop: () => this.loop,
      fleet: () => this.#fleet,
    });
    const role = { role: "worker", config: undefined, queue: QUEUE, ...TAKER, mode: "distribute" } as const;
    const place = { clock: hostClock, boards: boardsIn(folder), spawn: this.workers.spawn };
    const plan = { ...place, size: 1, stopTimeoutMs: () => 0, role };
    this.#fleet = new Fleet(plan, {
      onReady: () => this.intake.onReady(),
      onProgress: (worker, failures) => this.intake.onProgress(worker, failures),
      onLeaving: (worker) => this.intake.onLeaving(worker),
      onLost: (worker, exit) => this.intake.onLost(worker, exit),
      onBroken: none,
    });
    this.#fleet.start();
    this.workers.ready();
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
