import { describe, expect, test } from "bun:test";
import { type TestQueue, done } from "./queue.ts";
import type { World } from "./world.ts";

/** A store may hand out jobs or not: these promises hold for both. */
export function describeHanding(world: World): void {
  describe("a taker that offers to begin jobs at once", () => {
    test("gets a job that is pushed while it waits, once, and holds it", async () => {
      const { queue, pusher, other } = await parts(world);
      await queue.offer(1);
      const waiting = queue.waitAndTake(1);
      await pusher.push("a");
      expect(await waiting).toEqual(["a"]);
      expect(await queue.takeIds(1)).toEqual([]);
      expect(await other.takeIds(1)).toEqual([]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ ready: 0, active: 1, pushed: 1 });
    });

    test("settles what a wait gave it like what it took", async () => {
      const { queue, pusher } = await parts(world);
      await queue.offer(1);
      const waiting = queue.driver.wait(queue.name, queue.taker, 60_000, new AbortController().signal);
      await pusher.push("a");
      const [job] = [...(await waiting), ...(await queue.take(1))];
      expect(await queue.settle(job === undefined ? [] : [done(job)])).toEqual([]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ ready: 0, active: 0, done: 1 });
    });

    test("gets by its next exchange what no wait has given it", async () => {
      const { queue, pusher, other } = await parts(world);
      await queue.offer(2);
      await pusher.push("a");
      await pusher.push("b");
      const taken = [...(await queue.takeIds(2)), ...(await other.takeIds(2))];
      expect(taken).toEqual(["a", "b"]);
    });

    test("and makes another exchange that offers nothing is handed nothing", async () => {
      const { queue, pusher, other } = await parts(world);
      await queue.offer(1);
      await queue.exchange(0);
      await pusher.push("a");
      expect(await other.takeIds(1)).toEqual(["a"]);
    });

    test("and dies loses to others what it was handed, and is handed nothing more", async () => {
      const { queue, pusher, other } = await parts(world);
      await queue.offer(2);
      await pusher.push("a");
      await world.driver.recover(queue.name, queue.taker, { as: "interrupted" });
      await pusher.push("b");
      expect(await other.takeIds(3)).toEqual(["a", "b"]);
    });

    test("gets each of many jobs once, however pushes, waits and exchanges race", async () => {
      const { queue, pusher } = await parts(world);
      const wanted = Array.from({ length: 200 }, (_, number) => `job-${number}`);
      const pushing = (async () => {
        for (const id of wanted) await pusher.push(id);
      })();
      const got: string[] = [];
      while (got.length < wanted.length) {
        const { taken } = await queue.driver.exchange(queue.name, queue.taker, {
          settle: [],
          take: 2,
          offer: 2,
          leaseMs: 60_000,
        });
        const waiting = queue.driver.wait(queue.name, queue.taker, 50, new AbortController().signal);
        got.push(...taken.map((job) => job.id), ...(await waiting).map((job) => job.id));
      }
      await pushing;
      expect(got.toSorted()).toEqual(wanted.toSorted());
    });
  });
}

/** A queue with one taker, another taker and a pusher, each on a connection of its own. */
async function parts(world: World): Promise<Record<"queue" | "pusher" | "other", TestQueue>> {
  const queue = await world.queue();
  const pusher = queue.through(await world.connect());
  const other = queue.through(await world.connect(), world.taker("other"));
  return { queue, pusher, other };
}
