import { describe, expect, test } from "bun:test";
import type { JobRecord } from "../../../src/job/attempt.ts";
import { chosen, done, failed, ONE_FAILURE, retry, TestQueue } from "./queue.ts";
import type { World } from "./world.ts";

const ODD_STRINGS: Readonly<Record<string, string>> = {
  "letters beyond ASCII": "Grüße, 日本語, עברית, e\u0301",
  "characters beyond 16 bits": "🦊👩‍👩‍👧",
  "quotes and backslashes": `' " \` \\ \\n \\u0000 '; --`,
  "control characters": "\u0000\u0001\t\r\n\u001b[31m\u2028\u2029\u007f",
  "half a surrogate pair": "\ud83e",
  "nothing at all": "",
  "a number, as it seems": "007.50",
  "100,000 letters": "äb".repeat(50_000),
};

const ODD_IDS: readonly string[] = ["a:b{c}", `'"\``, "%_*?[", "\\", "-", "0", "1e3", "null", "x".repeat(64)];

const ODD_QUEUES: readonly string[] = [
  "with spaces",
  "größe 日本 🦊",
  `'"\``,
  "{a}{b}",
  "a:b/c.d",
  "%_*?[x]",
  "--",
  "0",
];

export function describeWords(world: World): void {
  describe("what comes back exactly as it was given", () => {
    for (const [what, text] of Object.entries(ODD_STRINGS)) {
      test(`data and records with ${what}`, async () => {
        const queue = await world.queue();
        const envelope = JSON.stringify(["odd", 1, 1, 1, { text }]);
        const error = { name: text, message: text, stack: text };
        const record: JobRecord = { ...ONE_FAILURE, callbackError: error, callbackTries: 2 };
        await queue.push({ id: "a", envelope });
        await queue.settle([retry(await queue.takeOne(), 0, record)]);
        const job = await queue.takeOne();
        expect(job).toMatchObject({ envelope, record });
        await queue.settle([failed(job)]);
        expect((await world.driver.list(queue.name, "failed", 1)).jobs[0]?.envelope).toBe(envelope);
      });
    }

    test("ids of any printable characters", async () => {
      const queue = await world.queue();
      await queue.push(...ODD_IDS);
      expect(await queue.push(...ODD_IDS.map(chosen))).toEqual({ duplicates: ODD_IDS });
      const taken = await queue.take(ODD_IDS.length);
      expect(taken.map(({ id }) => id)).toEqual([...ODD_IDS]);
      expect((await world.driver.get(queue.name, "1e3"))?.id).toBe("1e3");
      expect(await queue.settle(taken.map(done))).toEqual([]);
    });

    for (const name of ODD_QUEUES) {
      test(`the name of a queue: ${name}`, async () => {
        const queue = new TestQueue(world.driver, name, world.taker("owner"));
        await world.driver.register(name, world.settings());
        await queue.push("a");
        expect(await world.driver.queues()).toContain(name);
        expect(await queue.settle([done(await queue.takeOne())])).toEqual([]);
        expect(await world.driver.counts(name)).toMatchObject({ pushed: 1, done: 1, ready: 0, active: 0 });
      });
    }
  });
}
