import { describe, expect, test } from "bun:test";
import { LONG_DELAY_MS, failed, numbered } from "./queue.ts";
import type { World } from "./world.ts";

export function describeFailed(world: World): void {
  describe("failed jobs", () => {
    test("are ready with a clean record when an operator retries them", async () => {
      const queue = await world.queue();
      await queue.pushAndTake("a");
      await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" });
      await queue.settle([failed(await queue.takeOne())]);
      expect(await world.driver.retry(queue.name, ["a"])).toEqual(["a"]);
      expect(await world.driver.get(queue.name, "a")).toMatchObject({ id: "a", state: "ready" });
      const job = await queue.takeOne();
      expect(job).toMatchObject({ id: "a", interruptions: 0 });
      expect(job).not.toHaveProperty("record");
    });

    test("are the only ones that a retry touches", async () => {
      const queue = await world.queue();
      await queue.fail("failed");
      await queue.pushAndTake("active");
      await queue.push("ready", { id: "delayed", delayMs: LONG_DELAY_MS });
      const ids = ["active", "ready", "delayed", "unknown", "failed"];
      expect(await world.driver.retry(queue.name, ids)).toEqual(["failed"]);
      expect(await world.driver.retry(queue.name, ids)).toEqual([]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ ready: 2, active: 1, delayed: 1, failed: 0 });
    });

    test("are kept up to a number; beyond it the oldest are dropped", async () => {
      const queue = await world.queue({ keepFailed: 3 });
      await queue.fail(...numbered(5));
      const { jobs } = await world.driver.list(queue.name, "failed", 10);
      expect(jobs.map(({ id }) => id)).toEqual(["job-4", "job-3", "job-2"]);
      expect(await world.driver.get(queue.name, "job-0")).toBeUndefined();
      expect(await world.driver.counts(queue.name)).toMatchObject({ failed: 3, done: 0 });
    });

    test("that fail in one batch are kept up to that number as well", async () => {
      const queue = await world.queue({ keepFailed: 2 });
      await queue.push(...numbered(6));
      expect(await queue.settle((await queue.take(6)).map(failed))).toEqual([]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ failed: 2, active: 0 });
    });
  });
}
