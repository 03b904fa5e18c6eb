import { expect, test } from "bun:test";
import { redis } from "../../../src/driver/redis/redis.ts";
import { freePort, startRedis } from "../../support/redis.ts";
import { startSentinel } from "../../support/sentinel.ts";
import { until } from "../../support/until.ts";
import { TestQueue, done } from "../contract/queue.ts";

const PATIENCE_MS = 30_000;

test(
  "jobs go to the server that Sentinel names, and to the next one after a fail-over",
  async () => {
    const [firstPort, secondPort] = [freePort(), freePort()];
    const first = await startRedis({ port: String(firstPort), bind: "127.0.0.1" });
    const second = await startRedis({
      port: String(secondPort),
      bind: "127.0.0.1",
      replicaof: `127.0.0.1 ${firstPort}`,
    });
    const sentinel = await startSentinel(firstPort);
    const driver = await redis(sentinel.url).open();
    try {
      const queue = new TestQueue(driver, "queue", { owner: "owner" });
      await queue.push("before");
      await until("the replica has the job", async () => (await second.admin.hlen("mpq:{queue}:jobs")) === 1);
      await until("Sentinel knows the replica", sentinel.isReady);
      await first.stop();
      await queue.push("after");
      const taken = await queue.take(2);
      expect(taken.map(({ id }) => id)).toEqual(["before", "after"]);
      expect(await queue.settle(taken.map(done))).toEqual([]);
      expect(await second.admin.hget("mpq:{queue}:meta", "done")).toBe("2");
    } finally {
      await driver.close();
      await Promise.all([first.stop(), second.stop(), sentinel.stop()]);
    }
  },
  PATIENCE_MS,
);
