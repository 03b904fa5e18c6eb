import { describe, expect, test } from "bun:test";
import { until } from "../../support/until.ts";
import { FAILING, LONG_DELAY_MS, ONE_FAILURE, done, failed, failing, newJob, release, retry } from "./queue.ts";
import type { World } from "./world.ts";

export function describeTransitions(world: World): void {
  describe("a taken job", () => {
    test("is active and comes with its envelope, a token and nothing else", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a");
      expect(job).toEqual({ id: "a", token: job.token, envelope: newJob("a").envelope, interruptions: 0 });
      expect(job.token).not.toBe("");
      expect(await world.driver.get(queue.name, "a")).toMatchObject({ id: "a", state: "active" });
    });

    test("that is done is counted and gone", async () => {
      const queue = await world.queue();
      expect(await queue.settle([done(await queue.pushAndTake("a"))])).toEqual([]);
      expect(await world.driver.get(queue.name, "a")).toBeUndefined();
      expect(await world.driver.counts(queue.name)).toMatchObject({ done: 1, active: 0, ready: 0 });
    });

    test("that is retried later is delayed, keeps its record, and is ready when it is due", async () => {
      const queue = await world.queue();
      await queue.settle([retry(await queue.pushAndTake("a"), 20)]);
      expect(await world.driver.get(queue.name, "a")).toMatchObject({ record: ONE_FAILURE });
      const [again] = await until("the retry is due", async () => {
        const taken = await queue.take(1);
        return taken.length > 0 && taken;
      });
      expect(again).toMatchObject({ id: "a", record: ONE_FAILURE, interruptions: 0 });
    });

    test("that is retried in an hour is not taken before", async () => {
      const queue = await world.queue();
      await queue.settle([retry(await queue.pushAndTake("a"), LONG_DELAY_MS)]);
      expect(await world.driver.get(queue.name, "a")).toMatchObject({ state: "delayed" });
      expect(await queue.take(1)).toEqual([]);
    });

    test("that is retried at once goes before all others", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a");
      await queue.push("b", { id: "c", priority: "high" });
      await queue.settle([retry(job, 0)]);
      const taken = await queue.take(3);
      expect(taken.map(({ id }) => id)).toEqual(["a", "c", "b"]);
      expect(taken[0]).toMatchObject({ record: ONE_FAILURE });
    });

    test("that is released goes before all others, untouched", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a");
      await queue.push({ id: "b", priority: "high" });
      await queue.settle([release(job)]);
      const [first] = await queue.take(1);
      expect(first).toMatchObject({ id: "a", envelope: job.envelope, interruptions: 0 });
      expect(first).not.toHaveProperty("record");
    });

    test("that is released keeps the record it had", async () => {
      const queue = await world.queue();
      await queue.settle([retry(await queue.pushAndTake("a"), 0)]);
      await queue.settle([release(await queue.takeOne())]);
      expect(await queue.takeOne()).toMatchObject({ record: ONE_FAILURE });
    });

    test("that is failing stays active with its taker, and the token stays good", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a");
      expect(await queue.settle([failing(job)])).toEqual([]);
      expect(await world.driver.get(queue.name, "a")).toMatchObject({ state: "active", record: FAILING });
      expect(await queue.take(1)).toEqual([]);
      expect(await queue.settle([failed(job)])).toEqual([]);
      expect(await world.driver.get(queue.name, "a")).toMatchObject({ state: "failed" });
    });

    test("that is failing and loses its owner is failing for the next one", async () => {
      const queue = await world.queue();
      await queue.settle([failing(await queue.pushAndTake("a"))]);
      await world.driver.recover(queue.name, { owner: queue.taker.owner }, { as: "interrupted" });
      expect(await queue.takeOne(world.taker("next"))).toMatchObject({ record: FAILING, interruptions: 1 });
    });

    test("that failed is kept with its record and the time", async () => {
      const queue = await world.queue();
      const before = Date.now();
      await queue.settle([failed(await queue.pushAndTake("a"))]);
      const job = await world.driver.get(queue.name, "a");
      expect(job).toMatchObject({ id: "a", state: "failed", envelope: newJob("a").envelope, record: FAILING });
      const failedAt = job?.failedAt ?? "";
      expect(new Date(failedAt).toISOString()).toBe(failedAt);
      expect(Math.abs(Date.parse(failedAt) - before)).toBeLessThan(60_000);
      expect(await queue.take(1)).toEqual([]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ failed: 1, active: 0, done: 0 });
    });
  });

  describeExchange(world);
}

function describeExchange(world: World): void {
  describe("one exchange", () => {
    test("settles first and takes then, also what it gave back itself", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a");
      const { taken, lost } = await queue.exchange(1, [release(job)]);
      expect(lost).toEqual([]);
      expect(taken.map(({ id }) => id)).toEqual(["a"]);
    });

    test("carries settlements of every kind", async () => {
      const queue = await world.queue();
      await queue.push("a", "b", "c", "d", "e", "f");
      const [a, b, c, d, e, f] = await queue.take(6);
      if (!a || !b || !c || !d || !e || !f) throw new Error("six jobs were pushed");
      const settlements = [done(a), retry(b, LONG_DELAY_MS), retry(c, 0), failing(d), failed(e), release(f)];
      expect(await queue.settle(settlements)).toEqual([]);
      expect(await world.driver.counts(queue.name)).toMatchObject({
        done: 1,
        delayed: 1,
        ready: 2,
        active: 1,
        failed: 1,
      });
    });

    test("takes no more than it was asked for", async () => {
      const queue = await world.queue();
      await queue.push("a", "b", "c");
      expect(await queue.takeIds(0)).toEqual([]);
      expect(await queue.takeIds(2)).toEqual(["a", "b"]);
      expect(await queue.takeIds(2)).toEqual(["c"]);
    });

    test("on a queue that nobody made finds nothing", async () => {
      const queue = world.unregistered();
      expect(await queue.exchange(1)).toEqual({ taken: [], cut: false, lost: [], nextDueMs: undefined, paused: false });
      expect(await world.driver.get(queue.name, "a")).toBeUndefined();
    });
  });
}
