import { describe, expect, test } from "bun:test";
import { until } from "../../support/until.ts";
import { LONG_DELAY_MS, numbered, retry } from "./queue.ts";
import type { World } from "./world.ts";

export function describeDueTimes(world: World): void {
  describe("due times", () => {
    for (const delayMs of [1, 40]) {
      test(`a job with a delay of ${delayMs} ms is never taken early`, async () => {
        const queue = await world.queue();
        const pushedAt = performance.now();
        await queue.push({ id: "a", delayMs });
        await until("the job is due", async () => (await queue.take(1)).length > 0);
        // The store counts whole milliseconds, so the first of them may be short.
        expect(performance.now() - pushedAt).toBeGreaterThan(delayMs - 1);
      });
    }

    test("an exchange says how long it is until the next job is due", async () => {
      const queue = await world.queue();
      expect((await queue.exchange(1)).nextDueMs).toBeUndefined();
      await queue.push({ id: "a", delayMs: LONG_DELAY_MS }, { id: "b", delayMs: LONG_DELAY_MS * 2 });
      const { nextDueMs } = await queue.exchange(1);
      expect(nextDueMs).toBeGreaterThan(LONG_DELAY_MS - 60_000);
      expect(nextDueMs).toBeLessThanOrEqual(LONG_DELAY_MS + world.momentMs);
    });

    test("a job is there when the time that the exchange named has passed", async () => {
      const queue = await world.queue();
      await queue.push({ id: "a", delayMs: 50 });
      const { nextDueMs, taken } = await queue.exchange(1);
      expect(taken).toEqual([]);
      await Bun.sleep((nextDueMs ?? 0) + 2);
      expect(await queue.takeIds(1)).toEqual(["a"]);
      expect((await queue.exchange(1)).nextDueMs).toBeUndefined();
    });

    test("a retry with a delay counts for the next due time", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a");
      const { nextDueMs } = await queue.exchange(0, [retry(job, LONG_DELAY_MS)]);
      expect(nextDueMs).toBeGreaterThan(LONG_DELAY_MS - 60_000);
      expect(nextDueMs).toBeLessThanOrEqual(LONG_DELAY_MS + world.momentMs);
    });

    test("1,000 jobs that are due at once are all taken, each once", async () => {
      const queue = await world.queue();
      const ids = numbered(1_000);
      await queue.push(...ids.map((id) => ({ id, delayMs: 5 })));
      const seen: string[] = [];
      await until("all of them were taken", async () => {
        seen.push(...(await queue.takeIds(400)));
        return seen.length >= 1_000;
      });
      expect(seen.toSorted()).toEqual([...ids].toSorted());
    });
  });
}
