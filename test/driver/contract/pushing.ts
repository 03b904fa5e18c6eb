import { describe, expect, test } from "bun:test";
import type { PushBatch } from "../../../src/driver/driver.ts";
import { chosen, done, LONG_DELAY_MS, newJob, numbered } from "./queue.ts";
import type { World } from "./world.ts";

export function describePushing(world: World): void {
  describe("pushing", () => {
    test("a job without a delay is ready at once", async () => {
      const queue = await world.queue();
      expect(await queue.push("a")).toEqual({ duplicates: [] });
      expect(await world.driver.get(queue.name, "a")).toEqual({
        id: "a",
        state: "ready",
        envelope: newJob("a").envelope,
        interruptions: 0,
      });
    });

    test("a job with a delay is delayed and says when it is due", async () => {
      const queue = await world.queue();
      await queue.push({ id: "a", delayMs: LONG_DELAY_MS });
      const job = await world.driver.get(queue.name, "a");
      expect(job?.state).toBe("delayed");
      expect(job?.dueInMs).toBeGreaterThan(LONG_DELAY_MS - 60_000);
      expect(job?.dueInMs).toBeLessThanOrEqual(LONG_DELAY_MS);
      expect(await queue.take(1)).toEqual([]);
    });

    test("a queue that no service registered takes jobs, and keeps them when one registers", async () => {
      const queue = world.unregistered();
      await queue.push("a", { id: "later", delayMs: LONG_DELAY_MS });
      await world.driver.register(queue.name, world.settings());
      expect(await queue.takeIds(2)).toEqual(["a"]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ pushed: 2, delayed: 1, active: 1 });
    });

    test("a batch of 1,000 jobs is pushed, taken and settled in one call each", async () => {
      const queue = await world.queue();
      const ids = numbered(1_000);
      await queue.push(...ids);
      const taken = await queue.take(1_000);
      expect(taken.map((job) => job.id)).toEqual([...ids]);
      expect(await queue.settle(taken.map(done))).toEqual([]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ pushed: 1_000, done: 1_000, active: 0, ready: 0 });
    });

    test("a batch without jobs changes nothing", async () => {
      const queue = await world.queue();
      expect(await queue.push()).toEqual({ duplicates: [] });
      expect(await world.driver.counts(queue.name)).toMatchObject({ pushed: 0, ready: 0 });
    });
  });

  describeDuplicates(world);
  describeRepeats(world);
}

function describeDuplicates(world: World): void {
  describe("pushing an id that the queue holds", () => {
    test("the job is reported and left as it is, the others are made", async () => {
      const queue = await world.queue();
      await queue.push("a", { id: "later", delayMs: LONG_DELAY_MS });
      const again = chosen({ id: "a", envelope: '{"n":"other"}' });
      expect(await queue.push(again, "b", chosen("later"))).toEqual({ duplicates: ["a", "later"] });
      const taken = await queue.take(10);
      expect(taken.map((job) => [job.id, job.envelope])).toEqual([
        ["a", newJob("a").envelope],
        ["b", newJob("b").envelope],
      ]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ pushed: 3, delayed: 1 });
    });

    test("an id twice in one batch makes the first one only", async () => {
      const queue = await world.queue();
      expect(await queue.push("b", chosen("a"), "c", chosen({ id: "a", envelope: "{}" }))).toEqual({
        duplicates: ["a"],
      });
      const taken = await queue.take(4);
      expect(taken.map((job) => [job.id, job.envelope])).toEqual(
        ["b", "a", "c"].map((id) => [id, newJob(id).envelope]),
      );
    });

    test("active and failed jobs hold their id as well", async () => {
      const queue = await world.queue();
      await queue.fail("failed");
      await queue.pushAndTake("active");
      expect(await queue.push(chosen("failed"), chosen("active"))).toEqual({ duplicates: ["failed", "active"] });
      expect(await queue.take(2)).toEqual([]);
    });

    test("an id is free again when its job is done", async () => {
      const queue = await world.queue();
      await queue.settle([done(await queue.pushAndTake("a"))]);
      expect(await queue.push(chosen("a"))).toEqual({ duplicates: [] });
      expect(await queue.takeIds(2)).toEqual(["a"]);
    });

    test("one id in two queues makes two jobs", async () => {
      const [one, two] = [await world.queue(), await world.queue()];
      await one.push("a");
      expect(await two.push(chosen("a"))).toEqual({ duplicates: [] });
      await one.settle([done(await one.takeOne())]);
      expect(await two.takeIds(2)).toEqual(["a"]);
    });
  });
}

function describeRepeats(world: World): void {
  const batch: PushBatch = { pusher: "repeater", number: 7 };

  describe("pushing a batch again because its reply was lost", () => {
    test("one job is made, and none is called a duplicate", async () => {
      const queue = await world.queue();
      for (let time = 0; time < 3; time++) {
        expect(await world.driver.push(queue.name, [newJob("a")], batch)).toEqual({ duplicates: [] });
      }
      expect(await queue.takeIds(2)).toEqual(["a"]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ pushed: 1 });
    });

    test("no job is made when the first one is done already", async () => {
      const queue = await world.queue();
      await world.driver.push(queue.name, [newJob("a")], batch);
      await queue.settle([done(await queue.takeOne())]);
      await (await world.connect()).push(queue.name, [newJob("a")], batch);
      expect(await queue.take(1)).toEqual([]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ pushed: 1, done: 1 });
    });

    test("pushers, their later batches and other queues do not stand in each other's way", async () => {
      const [queue, other] = [await world.queue(), await world.queue()];
      await world.driver.push(queue.name, [newJob("a")], batch);
      await world.driver.push(queue.name, [newJob("b")], { ...batch, number: 8 });
      await world.driver.push(queue.name, [newJob("c")], { ...batch, pusher: "another" });
      await world.driver.push(other.name, [newJob("d")], batch);
      expect(await queue.takeIds(5)).toEqual(["a", "b", "c"]);
      expect(await other.takeIds(5)).toEqual(["d"]);
    });
  });
}
