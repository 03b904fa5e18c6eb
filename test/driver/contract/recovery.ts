import { describe, expect, test } from "bun:test";
import { until } from "../../support/until.ts";
import { LONG_DELAY_MS, ONE_FAILURE, SHORT_LEASE_MS, done, numbered, retry } from "./queue.ts";
import type { World } from "./world.ts";

export function describeRecovery(world: World): void {
  describe("recovering the jobs of a dead owner", () => {
    test("makes them ready before all others, in the order in which they were taken", async () => {
      const queue = await world.queue();
      const ids = numbered(5);
      await queue.push(...ids);
      await queue.take(2);
      await queue.take(3);
      await queue.push({ id: "high", priority: "high" });
      expect(await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" })).toBe(5);
      expect(await queue.takeIds(6, world.taker("next"))).toEqual([...ids, "high"]);
    });

    test("takes them from the owner itself and from all of its workers, and from nobody else", async () => {
      const queue = await world.queue();
      await queue.push("a", "b", "c", "d");
      const takers = [{ owner: "one" }, { owner: "one", worker: "one.1" }, { owner: "one", worker: "one.2" }];
      for (const taker of takers) await queue.take(1, taker);
      const other = await queue.takeOne({ owner: "two", worker: "two.1" });
      expect(await world.driver.recover(queue.name, { owner: "one" }, { as: "untouched" })).toBe(3);
      expect(await queue.settle([done(other)], { owner: "two", worker: "two.1" })).toEqual([]);
      expect(await queue.takeIds(4, world.taker("next"))).toEqual(["a", "b", "c"]);
    });

    test("of one worker leaves those of the others, and the owner's lease", async () => {
      const queue = await world.queue();
      await queue.push("a", "b", "c");
      await queue.take(1, { owner: "one" });
      await queue.take(1, { owner: "one", worker: "one.1" });
      await queue.take(1, { owner: "one", worker: "one.2" });
      const dead = { owner: "one", worker: "one.1" };
      expect(await world.driver.recover(queue.name, dead, { as: "interrupted" })).toBe(1);
      expect(await queue.takeIds(3, { owner: "one", worker: "one.3" })).toEqual(["b"]);
      expect(await world.driver.owners(queue.name)).toMatchObject([{ owner: "one" }]);
    });

    test("counts an interruption when it was one, and none when it was not", async () => {
      const queue = await world.queue();
      await queue.push("a");
      const interruptions: number[] = [];
      for (const as of ["interrupted", "untouched", "interrupted"] as const) {
        interruptions.push((await queue.takeOne()).interruptions);
        await world.driver.recover(queue.name, { owner: "owner" }, { as });
      }
      expect(await world.driver.get(queue.name, "a")).toMatchObject({ state: "ready", interruptions: 2 });
      interruptions.push((await queue.takeOne()).interruptions);
      expect(interruptions).toEqual([0, 1, 1, 2]);
    });

    test("keeps what is known of the job", async () => {
      const queue = await world.queue();
      await queue.settle([retry(await queue.pushAndTake("a"), 0)]);
      await queue.takeOne();
      await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" });
      expect(await queue.takeOne()).toMatchObject({ record: ONE_FAILURE, interruptions: 1 });
    });

    test("forgets the owner's lease, and may be repeated", async () => {
      const queue = await world.queue();
      await queue.pushAndTake("a");
      expect(await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" })).toBe(1);
      expect(await world.driver.owners(queue.name)).toEqual([]);
      expect(await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" })).toBe(0);
      expect((await queue.takeOne()).interruptions).toBe(1);
    });

    test("finds every one of more than a thousand", async () => {
      const queue = await world.queue();
      const ids = numbered(1_500);
      await queue.push(...ids);
      await queue.take(1_500);
      expect(await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" })).toBe(1_500);
      expect(await queue.takeIds(1_500, world.taker("next"))).toEqual([...ids]);
    });

    test("leaves jobs that wait or failed as they are", async () => {
      const queue = await world.queue();
      await queue.fail("failed");
      await queue.settle([retry(await queue.pushAndTake("delayed"), LONG_DELAY_MS)]);
      await queue.push("ready");
      expect(await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" })).toBe(0);
      expect(await world.driver.counts(queue.name)).toMatchObject({ ready: 1, delayed: 1, failed: 1 });
    });
  });

  describeExpiry(world);
}

function describeExpiry(world: World): void {
  const ifExpired = { as: "interrupted", onlyIfExpired: true } as const;

  describe("recovering an owner only if its lease has ended", () => {
    test("does nothing while the lease runs", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a");
      expect(await world.driver.recover(queue.name, { owner: "owner" }, ifExpired)).toBe(0);
      expect(await queue.settle([done(job)])).toEqual([]);
      expect(await world.driver.owners(queue.name)).toMatchObject([{ owner: "owner" }]);
    });

    test("gives its jobs back once the lease has ended by the store's clock", async () => {
      const queue = await world.queue();
      await queue.push("a", "b");
      const brief = { settle: [], take: 2, leaseMs: SHORT_LEASE_MS };
      await world.driver.exchange(queue.name, queue.taker, brief);
      await until("the lease has ended", async () => {
        const [lease] = await world.driver.owners(queue.name);
        return lease !== undefined && lease.endsInMs < 0;
      });
      expect(await world.driver.recover(queue.name, { owner: "owner" }, ifExpired)).toBe(2);
      expect(await world.driver.owners(queue.name)).toEqual([]);
      const taken = await queue.take(2, world.taker("next"));
      expect(taken.map(({ id, interruptions }) => [id, interruptions])).toEqual([
        ["a", 1],
        ["b", 1],
      ]);
    });

    test("does nothing for an owner that holds no lease", async () => {
      const queue = await world.queue();
      expect(await world.driver.recover(queue.name, { owner: "nobody" }, ifExpired)).toBe(0);
    });
  });
}
