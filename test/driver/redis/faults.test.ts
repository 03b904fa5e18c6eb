import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Driver } from "../../../src/driver/driver.ts";
import { redis } from "../../../src/driver/redis/redis.ts";
import { SCRIPTS } from "../../../src/driver/redis/scripts.ts";
import { DEFAULT_POLICY } from "../../../src/job/retry.ts";
import { type CuttingProxy, startCutting } from "../../support/cutting.ts";
import { type TestRedis, startRedis } from "../../support/redis.ts";
import { until } from "../../support/until.ts";
import { MODES } from "../contract.ts";
import { ONE_FAILURE, TestQueue, done, failed, release, retry } from "../contract/queue.ts";

const LONG_WAIT_MS = 600_000;
const PATIENCE_MS = 20_000;

let server: TestRedis;
let proxy: CuttingProxy;
/** Behind the proxy. */
let driver: Driver;
let queuesMade = 0;

beforeAll(async () => {
  server = await startRedis();
  proxy = startCutting(server.socket);
  driver = await redis(proxy.url).open();
});

afterAll(async () => {
  await driver.close();
  proxy.stop();
  await server.stop();
});

for (const mode of MODES) {
  const newQueue = async (): Promise<TestQueue> => {
    queuesMade += 1;
    const taker = mode === "grab" ? { owner: "owner", worker: "owner.1" } : { owner: "owner" };
    const queue = new TestQueue(driver, `queue-${queuesMade}`, taker);
    await driver.register(queue.name, { mode, policy: DEFAULT_POLICY, maxSize: 1_000, keepFailed: 10 });
    // Every script that is to be cut is known to the server from now on.
    await queue.settle([done(await queue.pushAndTake("first"))]);
    return queue;
  };

  describe(`a reply that is lost, in ${mode} mode`, () => {
    test("of a push makes no second job and reports no duplicate", async () => {
      const queue = await newQueue();
      const cut = proxy.cutReplyTo(SCRIPTS.push.digest);
      expect(await queue.push("a")).toEqual({ duplicates: [] });
      await cut;
      expect(await driver.counts(queue.name)).toMatchObject({ pushed: 2, ready: 1 });
      expect(await queue.takeIds(2)).toEqual(["a"]);
    });

    test("of a take loses no job", async () => {
      const queue = await newQueue();
      await queue.push("a", "b", "c");
      const held = await queue.take(1);
      const cut = proxy.cutReplyTo(SCRIPTS.exchange.digest);
      const taken = await queue.take(1);
      await cut;
      expect(taken.map(({ id }) => id)).toEqual(["b"]);
      expect(await queue.takeIds(2)).toEqual(["c"]);
      expect(await queue.settle([...held, ...taken].map(done))).toEqual([]);
      expect(await driver.counts(queue.name)).toMatchObject({ done: 3, active: 1, ready: 0 });
    });

    test("of a take on a queue that was paused meanwhile gives the jobs back", async () => {
      const queue = await newQueue();
      await queue.push("a");
      const other = await redis(server.url).open();
      const cut = proxy.cutReplyTo(SCRIPTS.exchange.digest).then(() => other.pause(queue.name, "paused"));
      const taken = await queue.takeIds(1);
      await cut;
      await other.pause(queue.name, "running");
      expect([...taken, ...(await queue.takeIds(2))]).toEqual(["a"]);
      await other.close();
    });

    test("of a settlement settles once, and calls none of it lost", async () => {
      const queue = await newQueue();
      await queue.push("done", "retried", "failed", "released", "taken");
      const [first, second, third, fourth] = await queue.take(4);
      if (!first || !second || !third || !fourth) throw new Error("four jobs were pushed");
      const cut = proxy.cutReplyTo(SCRIPTS.exchange.digest);
      const settlements = [done(first), retry(second, 60_000, ONE_FAILURE), failed(third), release(fourth)];
      const { lost, taken } = await queue.exchange(2, settlements);
      await cut;
      expect(lost).toEqual([]);
      expect(taken.map(({ id }) => id)).toEqual(["released", "taken"]);
      expect(await driver.counts(queue.name)).toMatchObject({ done: 2, delayed: 1, failed: 1, active: 2, ready: 0 });
    });

    test("of a settlement of more failed jobs than are kept calls none of it lost", async () => {
      const queue = await newQueue();
      await driver.register(queue.name, { mode, policy: DEFAULT_POLICY, maxSize: 1_000, keepFailed: 1 });
      await queue.push("dropped", "kept");
      const jobs = await queue.take(2);
      const cut = proxy.cutReplyTo(SCRIPTS.exchange.digest);
      expect(await queue.settle(jobs.map((job) => failed(job)))).toEqual([]);
      await cut;
      expect(await driver.counts(queue.name)).toMatchObject({ active: 0, failed: 1 });
    });

    test("of a settlement of jobs that are kept settles once, and calls none of it lost", async () => {
      const queue = await newQueue();
      const settings = { mode, policy: DEFAULT_POLICY, maxSize: 1_000, keepFailed: 10, keepDone: { count: 1 } };
      await driver.register(queue.name, settings);
      await queue.push("a", "b");
      const taken = await queue.take(2);
      const cut = proxy.cutReplyTo(SCRIPTS.exchange.digest);
      expect(await queue.settle(taken.map(done))).toEqual([]);
      await cut;
      expect(await driver.counts(queue.name)).toMatchObject({ done: 3, kept: 1, active: 0 });
    });

    test("of a settlement that somebody else makes for a taker leaves that one what it holds", async () => {
      const queue = await newQueue();
      await queue.push("given back", "kept");
      const other = await redis(server.url).open();
      const own = new TestQueue(other, queue.name, queue.taker);
      const [first, kept] = await own.take(2);
      if (!first || !kept) throw new Error("two jobs were pushed");
      const cut = proxy.cutReplyTo(SCRIPTS.exchange.digest);
      const settler = await redis(proxy.url).open();
      const settled = await new TestQueue(settler, queue.name, queue.taker).exchange(0, [release(first)]);
      await cut;
      expect(settled.lost).toEqual([]);
      expect(await own.settle([done(kept)])).toEqual([]);
      await Promise.all([other.close(), settler.close()]);
    });

    test("of a settlement that came too late still calls it lost", async () => {
      const queue = await newQueue();
      const job = await queue.pushAndTake("a");
      await driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" });
      const cut = proxy.cutReplyTo(SCRIPTS.exchange.digest);
      expect(await queue.settle([done(job)])).toEqual(["a"]);
      await cut;
    });
  });

  describe(`a server, in ${mode} mode,`, () => {
    test("that forgot its scripts is told them again", async () => {
      const queue = await newQueue();
      await server.admin.script("FLUSH");
      await queue.push("a");
      expect(await queue.takeIds(1)).toEqual(["a"]);
    });

    test("that closed every connection is dialled again, by those who wait as well", async () => {
      const queue = await newQueue();
      expect(await queue.take(1)).toEqual([]);
      const waiting = queue.waitAndTake(1, LONG_WAIT_MS);
      await server.admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      await queue.push("a");
      expect(await waiting).toEqual(["a"]);
    });

    test("in which somebody wrote by hand gives every job, also one on several lines and an empty one", async () => {
      const queue = await newQueue();
      await queue.push("before", "lines", "empty", "after");
      const jobs = `mpq:{${queue.name}}:jobs`;
      await server.admin.hset(jobs, "lines", '{\n  "n": 1\n}', "empty", "");
      const taken = await queue.take(4);
      expect(taken.map(({ id, envelope }) => [id, envelope.trim()])).toEqual([
        ["before", '{"n":"before"}'],
        ["lines", '{   "n": 1 }'],
        ["empty", ""],
        ["after", '{"n":"after"}'],
      ]);
    });

    test("whose memory is full takes no more jobs, and lets those that it has come to their ends", async () => {
      const queue = await newQueue();
      await queue.push("a", "b");
      const [first] = await queue.take(1);
      if (first === undefined) throw new Error("two jobs were pushed");
      await server.admin.config("SET", "maxmemory", "1");
      try {
        const refusal = await queue.push("refused").catch((error: unknown) => error);
        expect(refusal).toMatchObject({ code: "STORE_REFUSED", message: expect.stringContaining("memory is full") });
        expect(await queue.exchange(0)).toMatchObject({ taken: [] });
        expect(await queue.settle([retry(first, 0, ONE_FAILURE)])).toEqual([]);
        expect(await queue.takeIds(2)).toEqual(["a", "b"]);
        await driver.register(queue.name, { mode, policy: DEFAULT_POLICY, maxSize: 1_000, keepFailed: 10 });
        const holder = { incarnation: "i", host: "h", machine: "m", pid: 1, processStart: "1" };
        expect(await driver.claimService(queue.name, holder, 1_000)).toEqual({ held: true });
        expect(await driver.recover(queue.name, { owner: queue.taker.owner }, { as: "interrupted" })).toBe(2);
      } finally {
        await server.admin.config("SET", "maxmemory", "0");
      }
      expect(await driver.counts(queue.name)).toMatchObject({ pushed: 3, ready: 2 });
    });

    test("that asks for a password from now on refuses, and says what it wants", async () => {
      const queue = await newQueue();
      await server.admin.config("SET", "requirepass", "new");
      try {
        await server.admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        const refusal = queue.take(1).catch((error: unknown) => error);
        expect(await refusal).toMatchObject({ code: "STORE_REFUSED", message: expect.stringContaining("password") });
      } finally {
        await server.admin.config("SET", "requirepass", "");
      }
    });

    test("that was emptied under a running service goes on", async () => {
      const queue = await newQueue();
      await queue.pushAndTake("gone");
      await server.admin.flushall();
      expect(await queue.take(1)).toEqual([]);
      expect(await driver.counts(queue.name)).toMatchObject({ mode, active: 0 });
      await queue.push("a");
      expect(await queue.takeIds(2)).toEqual(["a"]);
      expect(await driver.queues()).toEqual([queue.name]);
    });

    test("that was emptied makes nobody wait in vain, or again and again", async () => {
      const queue = await newQueue();
      await waitOnce(queue, 1);
      await server.admin.flushall();
      let isOver = false;
      for (let rounds = 0; rounds < 3; rounds++) await waitOnce(queue, 1);
      const waiting = waitOnce(queue).then(() => (isOver = true));
      await driver.counts(queue.name);
      expect(isOver).toBe(false);
      await queue.push("a");
      await waiting;
    });
  });
}

/** Looks for jobs as a consumer does, then waits. */
async function waitOnce(queue: TestQueue, timeoutMs: number = LONG_WAIT_MS): Promise<void> {
  await queue.exchange(0);
  await driver.wait(queue.name, queue.taker, timeoutMs, new AbortController().signal);
}

test("of many workers that wait to grab, a job wakes one", async () => {
  const name = "grabbed";
  await driver.register(name, { mode: "grab", policy: DEFAULT_POLICY, maxSize: 1_000, keepFailed: 10 });
  const drivers = await Promise.all([1, 2, 3, 4].map(() => redis(server.url).open()));
  const abort = new AbortController();
  const woken: number[] = [];
  const waits = drivers.map(async (own, index) => {
    const taker = { owner: "owner", worker: `owner.${index}` };
    await own.exchange(name, taker, { settle: [], take: 1, leaseMs: LONG_WAIT_MS });
    const handed = await own.wait(name, taker, LONG_WAIT_MS, abort.signal);
    if (!abort.signal.aborted) woken.push(index);
    const { taken } = await own.exchange(name, taker, { settle: [], take: 1, leaseMs: LONG_WAIT_MS });
    return [...handed, ...taken];
  });
  const blocked = /^blocked_clients:(\d+)/m;
  await until("all block on the streams and on the bell", async () => {
    return Number(blocked.exec(await server.admin.info("clients"))?.[1]) >= 2 * drivers.length;
  });
  await new TestQueue(driver, name, { owner: "owner" }).push("a");
  await until("one was woken", () => woken.length > 0);
  abort.abort();
  const taken = (await Promise.all(waits)).flatMap((jobs) => jobs.map(({ id }) => id));
  expect(taken).toEqual(["a"]);
  expect(woken).toHaveLength(1);
  await Promise.all(drivers.map((own) => own.close()));
});

test(
  "a server that hangs is reported in time, and a push that met it is carried out once when it goes on",
  async () => {
    const queue = new TestQueue(driver, "hanging", { owner: "owner" });
    await queue.push("before");
    process.kill(server.pid, "SIGSTOP");
    try {
      const pushing = queue.push("a");
      const opening = redis(server.url).open();
      expect(await opening.catch((error: unknown) => error)).toMatchObject({ code: "STORE_UNREACHABLE" });
      process.kill(server.pid, "SIGCONT");
      expect(await pushing).toEqual({ duplicates: [] });
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
    expect(await queue.takeIds(3)).toEqual(["before", "a"]);
  },
  PATIENCE_MS,
);
