import { describe, expect, test } from "bun:test";
import { until } from "../../support/until.ts";
import { numbered, release } from "./queue.ts";
import type { World } from "./world.ts";

export function describeOrder(world: World): void {
  describe("the order in which jobs are taken", () => {
    test("jobs of one priority leave in the order in which they came", async () => {
      const queue = await world.queue();
      await queue.push("c", "a", "b");
      await queue.push("0");
      expect(await queue.takeIds(4)).toEqual(["c", "a", "b", "0"]);
    });

    test("high goes before normal before low, each in the order in which they came", async () => {
      const queue = await world.queue();
      const priorities = ["low", "normal", "high"] as const;
      for (const number of [1, 2]) {
        await queue.push(...priorities.map((priority) => ({ id: `${priority}-${number}`, priority })));
      }
      expect(await queue.takeIds(3)).toEqual(["high-1", "high-2", "normal-1"]);
      expect(await queue.takeIds(3)).toEqual(["normal-2", "low-1", "low-2"]);
    });

    test("what was given back goes before all others, whatever its own priority", async () => {
      const queue = await world.queue();
      await queue.push({ id: "low", priority: "low" }, { id: "low-too", priority: "low" });
      const taken = await queue.take(2);
      await queue.push({ id: "high", priority: "high" });
      await queue.settle(taken.map(release));
      expect(await queue.takeIds(3)).toEqual(["low", "low-too", "high"]);
    });

    test("delayed jobs leave in the order of their due times", async () => {
      const queue = await world.queue();
      await queue.push({ id: "third", delayMs: 30 }, { id: "first", delayMs: 10 }, { id: "second", delayMs: 20 });
      const seen: string[] = [];
      await until("all three were due", async () => {
        seen.push(...(await queue.takeIds(3)));
        return seen.length === 3;
      });
      expect(seen).toEqual(["first", "second", "third"]);
    });

    test("a delayed job of high priority goes before ready ones once it is due", async () => {
      const queue = await world.queue();
      await queue.push({ id: "high", delayMs: 5, priority: "high" });
      await until("the job is due", async () => {
        const job = await world.driver.get(queue.name, "high");
        return job?.state === "ready" || (job?.dueInMs ?? 1) <= 0;
      });
      await queue.push("normal");
      expect(await queue.takeIds(2)).toEqual(["high", "normal"]);
    });

    test("many released jobs keep their order", async () => {
      const queue = await world.queue();
      const ids = numbered(50);
      await queue.push(...ids);
      await queue.settle((await queue.take(50)).map(release));
      expect(await queue.takeIds(50)).toEqual([...ids]);
    });
  });
}
