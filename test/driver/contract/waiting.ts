import { describe, expect, test } from "bun:test";
import { LONG_DELAY_MS, type TestQueue, numbered, release } from "./queue.ts";
import type { World } from "./world.ts";

/** Longer than a test may run, so that a test which waits in vain fails. */
const LONG_WAIT_MS = 600_000;

export function describeWaiting(world: World): void {
  describe("waiting for a job", () => {
    const changes: Readonly<Record<string, (queue: TestQueue) => Promise<unknown>>> = {
      "a push from another connection": (queue) => queue.push("new"),
      "a delayed push": (queue) => queue.push({ id: "new", delayMs: 5_000 }),
      "a recovery": (queue) => queue.driver.recover(queue.name, { owner: "other" }, { as: "interrupted" }),
      "a retry of a failed job": (queue) => queue.driver.retry(queue.name, ["failed"]),
    };
    for (const [change, make] of Object.entries(changes)) {
      test(`ends with ${change}`, async () => {
        const queue = await idleQueue(world);
        const waiting = wait(queue);
        await make(queue.through(await world.connect()));
        await waiting;
      });

      test(`ends with ${change} that came between the exchange and the wait`, async () => {
        const queue = await idleQueue(world);
        await make(queue.through(await world.connect()));
        await wait(queue);
      });
    }

    test("ends with a push also when the last call settled alone, and another taker of the owner asked", async () => {
      const queue = await idleQueue(world);
      await queue.exchange(0);
      await queue.exchange(1, [], { ...queue.taker, worker: "second" });
      const waiting = wait(queue);
      await queue.through(await world.connect()).push("new");
      await waiting;
    });

    test("ends when its own connection pushes", async () => {
      const queue = await idleQueue(world);
      const waiting = wait(queue);
      await queue.push("new");
      await waiting;
    });

    test("ends with a due time that is nearer than the one known", async () => {
      const queue = await idleQueue(world);
      await queue.push({ id: "far", delayMs: LONG_DELAY_MS });
      await queue.exchange(1);
      const waiting = wait(queue);
      await queue.through(await world.connect()).push({ id: "near", delayMs: 5_000 });
      await waiting;
      expect((await queue.exchange(1)).nextDueMs).toBeLessThanOrEqual(5_000 + world.momentMs);
    });

    test("ends when another taker gives a job back", async () => {
      const queue = await idleQueue(world);
      const other = world.taker("other");
      await queue.push("a");
      const job = await queue.takeOne(other);
      await queue.exchange(1);
      const waiting = wait(queue);
      await queue.through(await world.connect()).settle([release(job)], other);
      await waiting;
    });

    test("ends when the queue is resumed", async () => {
      const queue = await idleQueue(world);
      await world.driver.pause(queue.name, "paused");
      await queue.push("a");
      await queue.exchange(1);
      const waiting = wait(queue);
      await (await world.connect()).pause(queue.name, "running");
      await waiting;
      expect(await queue.takeIds(1)).toEqual(["a"]);
    });
  });

  describeEndings(world);
}

function describeEndings(world: World): void {
  describe("a wait", () => {
    test("ends after its timeout when nothing happens", async () => {
      const queue = await idleQueue(world);
      await wait(queue, 20);
    });

    test("ends at once when it is aborted, before or while it runs", async () => {
      const queue = await idleQueue(world);
      const abort = new AbortController();
      const waiting = world.driver.wait(queue.name, queue.taker, LONG_WAIT_MS, abort.signal);
      abort.abort();
      await waiting;
      await world.driver.wait(queue.name, queue.taker, LONG_WAIT_MS, abort.signal);
    });

    test("of each of several takers ends when there is a job for each", async () => {
      const queue = await idleQueue(world);
      const waits: Promise<unknown>[] = [wait(queue)];
      for (const name of ["second", "third"]) {
        const taker = world.taker(name);
        const mine = queue.through(await world.connect());
        await mine.exchange(1, [], taker);
        waits.push(mine.driver.wait(queue.name, taker, LONG_WAIT_MS, new AbortController().signal));
      }
      await queue.push(...numbered(3));
      await Promise.all(waits);
    });

    test("of one queue and of another on the same connection both end with their own push", async () => {
      const [one, two] = [await idleQueue(world), await idleQueue(world)];
      const waits = [wait(one), wait(two)];
      const other = await world.connect();
      await two.through(other).push("a");
      await waits[1];
      await one.through(other).push("a");
      await waits[0];
    });

    test("on a quiet queue does not end again and again", async () => {
      const queue = await idleQueue(world);
      const end = performance.now() + 200;
      let rounds = 0;
      for (; performance.now() < end; rounds++) {
        await wait(queue, Math.max(1, end - performance.now()));
        expect(await queue.take(1)).toEqual([]);
      }
      expect(rounds).toBeLessThan(20);
    });

    test("loses no job when pushes and waits race each other", async () => {
      const queue = await idleQueue(world);
      const pusher = queue.through(await world.connect());
      for (const id of numbered(50)) {
        const pushing = pusher.push(id);
        await takeWhenThere(queue, id);
        await pushing;
      }
    });
  });
}

/** A queue with nothing to take, of which the taker knows; the owner "other" holds a job, and another one has failed. */
async function idleQueue(world: World): Promise<TestQueue> {
  const queue = await world.queue();
  await queue.fail("failed");
  await queue.pushAndTake("held", world.taker("other"));
  expect(await queue.take(1)).toEqual([]);
  return queue;
}

function wait(queue: TestQueue, timeoutMs: number = LONG_WAIT_MS): Promise<unknown> {
  return queue.driver.wait(queue.name, queue.taker, timeoutMs, new AbortController().signal);
}

/** Takes as a consumer does: exchange, and wait when there was nothing. */
async function takeWhenThere(queue: TestQueue, id: string): Promise<void> {
  let ids = await queue.takeIds(1);
  while (ids.length === 0) ids = await queue.waitAndTake(1);
  expect(ids).toEqual([id]);
}
