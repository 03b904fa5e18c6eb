/** A push hands a job straight to a taker that waits with an idle worker: it is spared the call that takes it. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Driver, TakenJob } from "../../../src/driver/driver.ts";
import { redis } from "../../../src/driver/redis/redis.ts";
import { DEFAULT_POLICY } from "../../../src/job/retry.ts";
import type { Mode } from "../../../src/job/state.ts";
import { type TestRedis, startRedis } from "../../support/redis.ts";
import { done, LONG_DELAY_MS, ONE_FAILURE, retry, TestQueue } from "../contract/queue.ts";

const LONG_WAIT_MS = 60_000;
const MOST_CARRIED = 4_096;
/** An entry of grab mode carries an envelope while fewer jobs than this are ready or taken. */
const FEW = 256;

let server: TestRedis;
let driver: Driver;
let pusher: Driver;
let queuesMade = 0;

beforeAll(async () => {
  server = await startRedis();
  driver = await redis(server.url).open();
  pusher = await redis(server.url).open();
});

afterAll(async () => {
  await Promise.all([driver.close(), pusher.close()]);
  await server.stop();
});

describe("in distribute mode, a job that is pushed alone", () => {
  test("is given by the wait, with its envelope", async () => {
    const queue = await newQueue("distribute");
    await queue.offer(1);
    const waiting = wait(queue);
    await push(queue, "a");
    expect(await waiting).toMatchObject([{ id: "a", envelope: `{"n":"a"}`, interruptions: 0 }]);
  });

  test("is ready when nobody offered, when the offers are used up, and when it is too large to be told", async () => {
    const queue = await newQueue("distribute");
    const pushed = queue.through(pusher);
    await pushed.push("first");
    await queue.take(1);
    await queue.offer(1);
    await pushed.push("handed");
    await pushed.push("second");
    expect(await driver.counts(queue.name)).toMatchObject({ ready: 1, active: 2 });
    await queue.take(2);
    await queue.offer(1);
    await pushed.push({ id: "large", envelope: "x".repeat(MOST_CARRIED + 1) });
    expect(await driver.counts(queue.name)).toMatchObject({ ready: 1, active: 3 });
  });

  test("never overtakes one that is ready, and is not handed out while the queue is paused", async () => {
    const queue = await newQueue("distribute");
    await queue.offer(3);
    await queue.through(pusher).push("a", "b");
    await push(queue, "c");
    expect(await driver.counts(queue.name)).toMatchObject({ ready: 3, active: 0 });
    await queue.take(3);
    await queue.offer(1);
    await driver.pause(queue.name, "paused");
    await push(queue, "d");
    expect(await driver.counts(queue.name)).toMatchObject({ ready: 1, active: 3 });
  });

  test("is not handed to one whose lease is over", async () => {
    const queue = await newQueue("distribute");
    await driver.exchange(queue.name, queue.taker, { settle: [], take: 1, offer: 1, leaseMs: 0 });
    await push(queue, "a");
    expect(await driver.counts(queue.name)).toMatchObject({ ready: 1, active: 0 });
  });

  test("wakes the taker that it is handed to alone", async () => {
    const queue = await newQueue("distribute");
    const other = queue.through(await redis(server.url).open(), { owner: "other" });
    const ended: string[] = [];
    const abort = new AbortController();
    await queue.offer(1);
    await other.exchange(0);
    const others = other.driver.wait(queue.name, other.taker, LONG_WAIT_MS, abort.signal);
    const noted = others.then(() => ended.push("other"));
    await push(queue, "a");
    expect(await wait(queue)).toHaveLength(1);
    expect(ended).toEqual([]);
    abort.abort();
    await noted;
    await other.driver.close();
  });

  test("is found by the next exchange when the bell no longer tells of it", async () => {
    const queue = await newQueue("distribute");
    const other = queue.through(pusher, { owner: "other" });
    await queue.offer(1);
    await push(queue, "mine");
    for (let round = 0; round < 20; round++) {
      await other.offer(1);
      await push(queue, `theirs-${round}`);
      await other.settle((await other.take(0)).map(done), other.taker);
    }
    expect(await wait(queue)).toEqual([]);
    expect(await queue.takeIds(1)).toEqual(["mine"]);
  });

  test("is run to its end with the token that the wait gave", async () => {
    const queue = await newQueue("distribute");
    for (let round = 0; round < 3; round++) {
      await queue.offer(1);
      const waiting = wait(queue);
      await push(queue, `job-${round}`);
      expect(await queue.settle((await waiting).map(done))).toEqual([]);
    }
    expect(await driver.counts(queue.name)).toMatchObject({ active: 0, done: 3 });
  });
});

describe("in grab mode, a job that is pushed alone", () => {
  test("is delivered with its envelope, and settled without another look", async () => {
    const queue = await newQueue("grab", "owner.1");
    expect(await queue.take(1)).toEqual([]);
    const waiting = wait(queue);
    await push(queue, "a");
    const [job] = await waiting;
    expect(job).toMatchObject({ id: "a", envelope: `{"n":"a"}`, interruptions: 0 });
    expect(await queue.settle(job === undefined ? [] : [done(job)])).toEqual([]);
    expect(await queue.take(1)).toEqual([]);
    expect(await driver.counts(queue.name)).toMatchObject({ ready: 0, active: 0, done: 1 });
  });

  test("is given by a wait that went on while what was done before was settled", async () => {
    const queue = await newQueue("grab", "owner.1");
    await push(queue, "a");
    const taken = await queue.take(1);
    const waiting = wait(queue);
    expect(await queue.settle(taken.map(done))).toEqual([]);
    await push(queue, "b");
    const jobs = await waiting;
    expect(jobs).toMatchObject([{ id: "b", envelope: `{"n":"b"}` }]);
    expect(await queue.take(1)).toEqual([]);
    expect(await queue.settle(jobs.map(done))).toEqual([]);
    expect(await driver.counts(queue.name)).toMatchObject({ ready: 0, active: 0, done: 2 });
  });

  test("is delivered with its envelope when its delay ends, and is taken by a call when it ran before", async () => {
    const queue = await newQueue("grab", "owner.1");
    await queue.push({ id: "a", delayMs: LONG_DELAY_MS });
    const [job] = await deliveredWhenDue(queue, "a");
    expect(job).toMatchObject({ id: "a", envelope: `{"n":"a"}`, interruptions: 0 });
    expect(await queue.settle(job === undefined ? [] : [retry(job, LONG_DELAY_MS)])).toEqual([]);
    expect(await deliveredWhenDue(queue, "a")).toEqual([]);
    expect(await queue.takeOne()).toMatchObject({ id: "a", record: ONE_FAILURE });
  });

  test("carries its envelope in the stream while few jobs are ready or taken", async () => {
    const queue = await newQueue("grab", "owner.1");
    await push(queue, "a");
    expect(await lastEntryOf(queue)).toEqual(["j", "a", "envelope", `{"n":"a"}`]);
    await queue.push(...Array.from({ length: FEW }, (_, index) => `many-${index}`));
    await push(queue, "b");
    expect(await lastEntryOf(queue)).toEqual(["j", "b"]);
  });

  test("wakes nobody but the worker that it is delivered to", async () => {
    const queue = await newQueue("grab", "owner.1");
    await queue.take(1);
    const rings = await ringsOf(queue);
    const waiting = wait(queue);
    await push(queue, "a");
    expect(await waiting).toHaveLength(1);
    expect(await ringsOf(queue)).toBe(rings);
  });

  test("rings the bell for a taker that hears nothing else, also after its queue was registered anew", async () => {
    const queue = await newQueue("grab");
    for (let round = 0; round < 2; round++) {
      await register(queue.name, "grab");
      await queue.take(1);
      const waiting = wait(queue);
      await push(queue, `job-${round}`);
      expect(await waiting).toEqual([]);
      expect(await queue.takeIds(1)).toEqual([`job-${round}`]);
    }
  });
});

/** What a worker that waits is given when the delay of a job ends, which its master sees. */
async function deliveredWhenDue(queue: TestQueue, id: string): Promise<readonly TakenJob[]> {
  expect(await queue.take(1)).toEqual([]);
  const waiting = wait(queue);
  await server.admin.zadd(`mpq:{${queue.name}}:delayed`, 1, id);
  await queue.take(0, { owner: queue.taker.owner });
  return await waiting;
}

/** The fields of the last entry that a job with normal priority has. */
async function lastEntryOf({ name }: TestQueue): Promise<readonly string[] | undefined> {
  const [last] = await server.admin.xrevrange(`mpq:{${name}}:ready:2`, "+", "-", "COUNT", 1);
  return last?.[1];
}

/** How often the bell of the queue was rung. */
async function ringsOf({ name }: TestQueue): Promise<number> {
  const [, last = ""] = String(await server.admin.hget(`mpq:{${name}}:meta`, "bell")).split(" ");
  return Number(last);
}

async function newQueue(mode: Mode, worker?: string): Promise<TestQueue> {
  const name = `handing-${queuesMade++}`;
  await register(name, mode);
  return new TestQueue(driver, name, worker === undefined ? { owner: "owner" } : { owner: "owner", worker });
}

function register(name: string, mode: Mode): Promise<void> {
  return driver.register(name, { mode, policy: DEFAULT_POLICY, maxSize: 10_000, keepFailed: 10 });
}

function push(queue: TestQueue, id: string): Promise<unknown> {
  return new TestQueue(pusher, queue.name, queue.taker).push(id);
}

function wait(queue: TestQueue): Promise<readonly TakenJob[]> {
  return queue.driver.wait(queue.name, queue.taker, LONG_WAIT_MS, new AbortController().signal);
}
