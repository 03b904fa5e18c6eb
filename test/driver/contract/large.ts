import { describe, expect, test } from "bun:test";
import { CALL_MAX } from "../../../src/driver/driver.ts";
import type { JobId } from "../../../src/job/id.ts";
import { type TestQueue, done } from "./queue.ts";
import type { World } from "./world.ts";

/** A third of what one exchange may take. */
const LARGE: string = "x".repeat(Math.ceil(CALL_MAX / 3) - 10);
/** As much as three exchanges may take. */
const HUGE: string = "x".repeat(3 * CALL_MAX);

export function describeLarge(world: World): void {
  describe("large jobs", () => {
    test("come in parts that can be held, in order, and each once", async () => {
      const queue = await world.queue();
      const ids = ["a", "b", "c", "d", "e", "f", "g"];
      for (const id of ids) await queue.push({ id, envelope: LARGE });
      expect(await parts(queue, 10)).toEqual([["a", "b", "c"], ["d", "e", "f"], ["g"]]);
    });

    test("are given one at a time when one alone is more", async () => {
      const queue = await world.queue();
      await queue.push({ id: "a", envelope: HUGE });
      await queue.push("b", { id: "c", envelope: HUGE }, "d", "e");
      expect(await parts(queue, 10)).toEqual([["a"], ["b"], ["c"], ["d", "e"]]);
    });

    test("are not cut when they are no more than are wanted", async () => {
      const queue = await world.queue();
      for (const id of ["a", "b", "c", "d"]) await queue.push({ id, envelope: LARGE });
      const { taken, cut } = await queue.exchange(3);
      expect([taken.length, cut]).toEqual([3, false]);
    });

    test("stay free for others where they do not go along", async () => {
      const queue = await world.queue();
      for (const id of ["a", "b", "c", "d", "e"]) await queue.push({ id, envelope: LARGE });
      expect(await queue.takeIds(5)).toEqual(["a", "b", "c"]);
      expect(await queue.through(world.driver, world.taker("other")).takeIds(5)).toEqual(["d", "e"]);
    });
  });
}

/** Takes until there is nothing more, and settles what came. */
async function parts(queue: TestQueue, wanted: number): Promise<JobId[][]> {
  const came: JobId[][] = [];
  for (let more = true; more;) {
    const { taken, cut } = await queue.exchange(wanted);
    expect(await queue.settle(taken.map(done))).toEqual([]);
    came.push(taken.map(({ id }) => id));
    more = cut;
  }
  return came;
}
