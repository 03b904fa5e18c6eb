import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Driver } from "../../../src/driver/driver.ts";
import { redis } from "../../../src/driver/redis/redis.ts";
import { DEFAULT_POLICY } from "../../../src/job/retry.ts";
import { type TestRedis, startRedis } from "../../support/redis.ts";
import { MODES } from "../contract.ts";
import { TestQueue, done, failing, newJob, numbered, retry } from "../contract/queue.ts";

/** Goal for a waiting job of a hundred bytes. */
const BYTES_PER_JOB = 310;

let server: TestRedis;
let driver: Driver;

beforeAll(async () => {
  server = await startRedis();
  driver = await redis(server.url).open();
});

afterAll(async () => {
  await driver.close();
  await server.stop();
});

for (const mode of MODES) {
  const taker = mode === "grab" ? { owner: "owner", worker: "owner.1" } : { owner: "owner" };
  const emptied = async (): Promise<TestQueue> => {
    await server.admin.flushall();
    await driver.register("queue", { mode, policy: DEFAULT_POLICY, maxSize: 1_000, keepFailed: 10 });
    return new TestQueue(driver, "queue", taker);
  };

  describe(`what stands in Redis, in ${mode} mode,`, () => {
    test("is nothing of jobs that are done and takers that are gone", async () => {
      const queue = await emptied();
      await queue.push("a", { id: "b", priority: "high" }, { id: "c", priority: "low" });
      const [b, a, c] = await queue.take(3);
      if (!a || !b || !c) throw new Error("three jobs were pushed");
      await queue.settle([done(b), retry(a, 0), failing(c)]);
      await driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" });
      const { taken } = await queue.exchange(3);
      await queue.settle(taken.map(done));
      await driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" });
      const keys = (await server.admin.keys("*")).map((key) => key.replace("mpq:{queue}:", ""));
      const streams = mode === "grab" ? ["ready:0", "ready:1", "ready:2", "ready:3"] : [];
      expect(keys.toSorted()).toEqual(["bell", "meta", "mpq:push", "mpq:queues", ...streams]);
      for (const stream of streams) {
        expect(await server.admin.xlen(`mpq:{queue}:${stream}`)).toBe(0);
        expect(await server.admin.xinfo("CONSUMERS", `mpq:{queue}:${stream}`, "mpq")).toEqual([]);
      }
    });

    test("is the same of a job that comes alone and of one among many", async () => {
      const queue = await emptied();
      await queue.push("first");
      await queue.push("alone");
      await queue.push("one", "of", "many");
      const ids = ["first", "alone", "one", "of", "many"];
      expect(await server.admin.hmget("mpq:{queue}:jobs", ...ids)).toEqual(ids.map((id) => `{"n":"${id}"}`));
      expect(await placesOf()).toEqual(ids);
      expect(await driver.counts("queue")).toMatchObject({ pushed: 5, ready: 5 });
    });

    test("is nothing of jobs that were kept and are kept no longer", async () => {
      const queue = await emptied();
      const settings = { mode, policy: DEFAULT_POLICY, maxSize: 1_000, keepFailed: 10 };
      await driver.register("queue", { ...settings, keepDone: { count: 2 } });
      await queue.pushAndTake({ id: "a", priority: "high" });
      await driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" });
      await queue.settle([retry(await queue.takeOne(), 0)]);
      await queue.push("b");
      await queue.settle((await queue.take(2)).map(done));
      expect(await server.admin.hlen("mpq:{queue}:jobs")).toBe(2);
      await driver.register("queue", settings);
      const keys = (await server.admin.keys("*")).map((key) => key.replace("mpq:{queue}:", ""));
      for (const key of ["jobs", "records", "interrupted", "classes", "kept"]) expect(keys).not.toContain(key);
      expect(await server.admin.hget("mpq:{queue}:meta", "keptBytes")).toBe("0");
    });

    test("stays small behind a job that runs for long", async () => {
      const queue = await emptied();
      await queue.pushAndTake("long");
      for (let batches = 0; batches < 30; batches++) {
        await queue.push(...numbered(500));
        await queue.settle((await queue.take(500)).map(done));
      }
      expect(await driver.counts(queue.name)).toMatchObject({ done: 15_000, active: 1, ready: 0 });
      if (mode === "grab") expect(await server.admin.xlen("mpq:{queue}:ready:2")).toBeLessThan(11_000);
    });

    test(`takes at most ${BYTES_PER_JOB} bytes for a waiting job of a hundred bytes`, async () => {
      const queue = await emptied();
      const before = await usedMemory();
      // So many that what the server holds for a moment, some 500 KB in Redis 8, counts for little.
      const jobs = Array.from({ length: 100_000 }, (_, index) => ({
        ...newJob(`QJxk_2rzs${String(index).padStart(5, "0")}`),
        envelope: "x".repeat(100),
      }));
      // As clients do: in batches, since a server keeps the space that a very long argument needed.
      for (let number = 1, at = 0; at < jobs.length; number++, at += 1_000) {
        await driver.push(queue.name, jobs.slice(at, at + 1_000), { pusher: "pusher", number });
      }
      expect(((await usedMemory()) - before) / jobs.length).toBeLessThan(BYTES_PER_JOB);
    });

    test("has no expiry of its own", async () => {
      const queue = await emptied();
      await queue.pushAndTake("a");
      await queue.push("b");
      for (const key of await server.admin.keys("*")) expect(await server.admin.ttl(key)).toBe(-1);
    });

    test("forgets pushers that were not heard of for an hour", async () => {
      const queue = await emptied();
      const now = (await server.admin.time()).map(Number);
      const hourAgo = ((now[0] ?? 0) - Date.UTC(2020, 0, 1) / 1000 - 3_601) * 1_000;
      const meta = "mpq:{queue}:meta";
      await server.admin.hset(meta, "batch:old", `7:${hourAgo}`, "batch:late", `7:${hourAgo + 60_000}`);
      await queue.push("a");
      const fields = await server.admin.hkeys(meta);
      expect(fields).not.toContain("batch:old");
      expect(fields).toContain("batch:late");
    });
  });
}

/** The ids of the ready jobs of normal priority, first to last. What the queue keeps of their places must agree. */
async function placesOf(): Promise<string[]> {
  const entries = await server.admin.xrange("mpq:{queue}:ready:2", "-", "+");
  const places = entries.map(([entry]) => `2${Number.parseInt(entry).toString(16)}`);
  const streamed = entries.map(([, [, id = ""]]) => id);
  if (streamed.length > 0) expect(await server.admin.hmget("mpq:{queue}:entries", ...streamed)).toEqual(places);
  const normal = 2 * 2 ** 50;
  return [...(await server.admin.zrangebyscore("mpq:{queue}:ready", normal, normal + 2 ** 50)), ...streamed];
}

async function usedMemory(): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await server.admin.info("memory"))?.[1]);
}
