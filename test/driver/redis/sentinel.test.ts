import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { redis } from "../../../src/driver/redis/redis.ts";
import { freePort, startRedis } from "../../support/redis.ts";
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
    const driver = await redis(`redis+sentinel://127.0.0.1:${sentinel.port}/main`).open();
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

interface TestSentinel {
  readonly port: number;
  /** Tells whether it knows a replica that can take over. */
  readonly isReady: () => Promise<boolean>;
  stop(): Promise<void>;
}

async function startSentinel(masterPort: number): Promise<TestSentinel> {
  const folder = await mkdtemp(join(tmpdir(), "mpq-sentinel-"));
  const port = freePort();
  const file = join(folder, "sentinel.conf");
  const settings = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor main 127.0.0.1 ${masterPort} 1`,
  ];
  await Bun.write(file, [...settings, "sentinel down-after-milliseconds main 200", ""].join("\n"));
  const server = Bun.spawn(["redis-server", file, "--sentinel"], { stdin: "ignore", stdout: "ignore" });
  const admin = new Redis({ port, retryStrategy: () => 20 });
  admin.on("error", () => undefined);
  await admin.ping();
  return {
    port,
    isReady: async () => String(await admin.call("SENTINEL", "REPLICAS", "main")).includes("master-link-status,ok"),
    stop: async () => {
      admin.disconnect();
      server.kill("SIGKILL");
      await server.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
