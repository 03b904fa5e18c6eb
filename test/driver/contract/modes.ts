import { describe, expect, test } from "bun:test";
import type { JobId } from "../../../src/job/id.ts";
import type { Mode } from "../../../src/job/state.ts";
import { until } from "../../support/until.ts";
import { type TestQueue, done, numbered } from "./queue.ts";
import type { World } from "./world.ts";

export function describeModeChange(world: World): void {
  const other: Mode = world.mode === "grab" ? "distribute" : "grab";

  describe(`changing the mode to ${other}`, () => {
    test("is read back by pushers and operators", async () => {
      const queue = await world.queue();
      await world.driver.register(queue.name, world.settings({ mode: other }));
      expect((await world.driver.settings(queue.name))?.mode).toBe(other);
      expect((await world.driver.counts(queue.name)).mode).toBe(other);
    });

    test("loses no ready job and keeps their order, there and back", async () => {
      const queue = await world.queue();
      const ids = numbered(1_200);
      await queue.push(...ids, { id: "high", priority: "high" }, { id: "low", priority: "low" });
      for (const mode of [other, world.mode]) {
        await world.driver.register(queue.name, world.settings({ mode }));
        expect(await world.driver.counts(queue.name)).toMatchObject({ ready: 1_202, active: 0, delayed: 0 });
      }
      await world.driver.register(queue.name, world.settings({ mode: other }));
      expect(await drain(queue)).toEqual(["high", ...ids, "low"]);
    });

    test("keeps jobs that were given back before all others", async () => {
      const queue = await world.queue();
      await queue.pushAndTake("back");
      await queue.push({ id: "high", priority: "high" });
      await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" });
      await world.driver.register(queue.name, world.settings({ mode: other }));
      expect(await queue.takeIds(2)).toEqual(["back", "high"]);
    });

    test("leaves active jobs with their takers, who settle them as before", async () => {
      const queue = await world.queue();
      await queue.push("a", "b");
      const [a] = await queue.take(1);
      await queue.take(1, world.taker("dead"));
      await world.driver.register(queue.name, world.settings({ mode: other }));
      expect(await world.driver.counts(queue.name)).toMatchObject({ active: 2, ready: 0 });
      expect(await queue.settle(a === undefined ? [] : [done(a)])).toEqual([]);
      expect(await world.driver.recover(queue.name, { owner: "dead" }, { as: "interrupted" })).toBe(1);
      expect(await queue.takeIds(2)).toEqual(["b"]);
    });

    test("leaves delayed jobs delayed, and they come when they are due", async () => {
      const queue = await world.queue();
      await queue.push({ id: "a", delayMs: 30 });
      await world.driver.register(queue.name, world.settings({ mode: other }));
      await until("the job is due", async () => (await queue.takeIds(1))[0] === "a");
    });

    test("loses no job that is pushed meanwhile", async () => {
      const queue = await world.queue();
      const pusher = queue.through(await world.connect());
      const ids = numbered(60);
      const pushing = (async () => {
        for (const id of ids) await pusher.push(id);
      })();
      for (const mode of [other, world.mode, other]) {
        await world.driver.register(queue.name, world.settings({ mode }));
      }
      await pushing;
      expect((await drain(queue)).toSorted()).toEqual([...ids].toSorted());
    });
  });
}

/** Takes all that is there, some at a time. */
async function drain(queue: TestQueue): Promise<readonly JobId[]> {
  const seen: JobId[] = [];
  for (let ids = await queue.takeIds(250); ids.length > 0; ids = await queue.takeIds(250)) seen.push(...ids);
  return seen;
}
