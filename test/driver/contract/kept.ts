import { describe, expect, test } from "bun:test";
import type { JobId } from "../../../src/job/id.ts";
import type { DoneBounds } from "../../../src/job/state.ts";
import { until } from "../../support/until.ts";
import { chosen, done, LONG_DELAY_MS, newJob, numbered, ONE_FAILURE, retry, type TestQueue } from "./queue.ts";
import type { World } from "./world.ts";

const LONG_AGE_MS = 3_600_000;
/** Bytes of a job that {@link sized} makes. */
const SIZE = 100;

/** A job whose envelope has so many bytes, which are more than its letters. */
function sized(id: JobId): { readonly id: JobId; readonly envelope: string } {
  return { id, envelope: "é".repeat(SIZE / 2) };
}

/** Makes jobs that are done, one after another. */
async function finish(queue: TestQueue, ...ids: readonly JobId[]): Promise<void> {
  for (const id of ids) {
    const lost = await queue.settle([done(await queue.pushAndTake(sized(id)))]);
    if (lost.length > 0) throw new Error(`${id} was lost before it was done`);
  }
}

async function keptIds(queue: TestQueue): Promise<readonly JobId[]> {
  const { jobs } = await queue.driver.list(queue.name, "done", 10_000);
  return jobs.map(({ id }) => id);
}

export function describeKept(world: World): void {
  describe("jobs that are done and kept", () => {
    test("are seen with the time when they were done, listed newest first, and are not active", async () => {
      const queue = await world.queue({ keepDone: { count: 10 } });
      const before = Date.now();
      await finish(queue, "a", "b");
      const job = await world.driver.get(queue.name, "a");
      expect(job).toEqual({ ...sized("a"), state: "done", doneAt: job?.doneAt ?? "", interruptions: 0 });
      expect(new Date(job?.doneAt ?? "").toISOString()).toBe(job?.doneAt ?? "");
      expect(Math.abs(Date.parse(job?.doneAt ?? "") - before)).toBeLessThan(60_000);
      expect(await keptIds(queue)).toEqual(["b", "a"]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ done: 2, kept: 2, active: 0, ready: 0, failed: 0 });
    });

    test("have the record of what failed before, and how often they lost their owner", async () => {
      const queue = await world.queue({ keepDone: { count: 10 } });
      await queue.settle([retry(await queue.pushAndTake("a"), 0)]);
      await queue.takeOne();
      await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" });
      await queue.settle([done(await queue.takeOne())]);
      expect(await world.driver.get(queue.name, "a")).toMatchObject({
        state: "done",
        record: ONE_FAILURE,
        interruptions: 1,
      });
    });

    test("are settled once: a second settlement changes nothing and is named", async () => {
      const queue = await world.queue({ keepDone: { count: 10 } });
      const job = await queue.pushAndTake("a");
      expect(await queue.settle([done(job), done(job)])).toEqual(["a"]);
      expect(await queue.settle([done(job)])).toEqual(["a"]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ done: 1, kept: 1 });
    });

    test("are duplicates when they are pushed again, until they are kept no longer", async () => {
      const queue = await world.queue({ keepDone: { count: 1 } });
      await finish(queue, "a");
      expect(await queue.push(chosen("a"), "b")).toEqual({ duplicates: ["a"] });
      expect(await queue.takeIds(2)).toEqual(["b"]);
      await finish(queue, "c");
      expect(await queue.push(chosen("a"))).toEqual({ duplicates: [] });
    });

    test("are not taken, retried, or given back, and stay what they are in the other mode", async () => {
      const queue = await world.queue({ keepDone: { count: 10 } });
      await finish(queue, "a");
      expect(await world.driver.retry(queue.name, ["a"])).toEqual([]);
      expect(await world.driver.recover(queue.name, { owner: "owner" }, { as: "interrupted" })).toBe(0);
      const mode = world.mode === "grab" ? "distribute" : "grab";
      await world.driver.register(queue.name, world.settings({ mode, keepDone: { count: 10 } }));
      expect(await queue.take(1)).toEqual([]);
      expect(await keptIds(queue)).toEqual(["a"]);
    });

    test("come page by page", async () => {
      const queue = await world.queue({ keepDone: { count: 10 } });
      await finish(queue, ...numbered(5));
      const first = await world.driver.list(queue.name, "done", 2);
      const second = await world.driver.list(queue.name, "done", 2, first.next);
      const third = await world.driver.list(queue.name, "done", 2, second.next);
      const pages = [first, second, third].map(({ jobs }) => jobs.map(({ id }) => id));
      expect(pages).toEqual([["job-4", "job-3"], ["job-2", "job-1"], ["job-0"]]);
      expect(third.next).toBeUndefined();
    });
  });

  describeBounds(world);
  describeForgetting(world);
}

function describeBounds(world: World): void {
  describe("of jobs that are done", () => {
    test("none is kept when nothing says so", async () => {
      const queue = await world.queue();
      await finish(queue, "a");
      expect(await keptIds(queue)).toEqual([]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ done: 1, kept: 0 });
    });

    const three: readonly (readonly [string, DoneBounds])[] = [
      ["so many", { count: 3 }],
      ["so many bytes", { bytes: 3 * SIZE + SIZE - 1 }],
      ["what the narrowest of several bounds allows", { count: 3, bytes: 99 * SIZE, ageMs: LONG_AGE_MS }],
    ];
    for (const [title, keepDone] of three) {
      test(`${title} are kept, one by one and in a batch; the oldest are dropped`, async () => {
        const queue = await world.queue({ keepDone });
        await finish(queue, ...numbered(5));
        expect(await keptIds(queue)).toEqual(["job-4", "job-3", "job-2"]);
        await queue.push(...numbered(2_500, "more").map(sized));
        const taken = [...(await queue.take(1_000)), ...(await queue.take(1_000)), ...(await queue.take(500))];
        expect(await queue.settle(taken.map(done))).toEqual([]);
        expect(await keptIds(queue)).toEqual(["more-2499", "more-2498", "more-2497"]);
        expect(await world.driver.counts(queue.name)).toMatchObject({ done: 2_505, kept: 3, active: 0 });
        expect(await world.driver.get(queue.name, "job-4")).toBeUndefined();
      });
    }

    test("a record counts into the bytes", async () => {
      const queue = await world.queue({ keepDone: { bytes: SIZE + JSON.stringify(ONE_FAILURE).length - 1 } });
      await finish(queue, "a");
      await queue.settle([retry(await queue.pushAndTake(sized("b")), 0)]);
      await queue.settle([done(await queue.takeOne())]);
      expect(await keptIds(queue)).toEqual([]);
    });

    test("those that are older than the bound are dropped by whatever exchange comes next", async () => {
      const queue = await world.queue({ keepDone: { ageMs: 20 } });
      await finish(queue, ...numbered(3));
      await until("they are dropped", async () => {
        await queue.exchange(0);
        return (await world.driver.counts(queue.name)).kept === 0;
      });
      expect(await world.driver.get(queue.name, "job-0")).toBeUndefined();
    });

    test("those that are younger are kept", async () => {
      const queue = await world.queue({ keepDone: { ageMs: LONG_AGE_MS } });
      await finish(queue, "a");
      await queue.exchange(0);
      expect(await keptIds(queue)).toEqual(["a"]);
    });

    for (const [title, keepDone, left] of [
      ["a narrower bound", { count: 5 }, 5],
      ["no bound any more", undefined, 0],
    ] as const) {
      test(`those beyond ${title} are dropped when the service registers it`, async () => {
        const queue = await world.queue({ keepDone: { count: 5_000 } });
        await queue.push(...numbered(1_200));
        await queue.settle((await queue.take(1_200)).map(done));
        await world.driver.register(queue.name, world.settings(keepDone === undefined ? {} : { keepDone }));
        expect(await world.driver.counts(queue.name)).toMatchObject({ done: 1_200, kept: left, active: 0 });
        expect((await keptIds(queue)).length).toBe(left);
      });
    }
  });
}

function describeForgetting(world: World): void {
  describe("forgetting jobs that are kept", () => {
    test("removing names them, and makes room for others", async () => {
      const queue = await world.queue({ keepDone: { bytes: 3 * SIZE } });
      await finish(queue, "a", "b", "c");
      expect(await world.driver.remove(queue.name, ["b", "unknown"])).toEqual(["b"]);
      await finish(queue, "d");
      expect(await keptIds(queue)).toEqual(["d", "c", "a"]);
      expect(await queue.push(chosen("b"))).toEqual({ duplicates: [] });
    });

    test("cleaning deletes them with all others, in bounded steps, and makes room as well", async () => {
      const queue = await world.queue({ keepDone: { bytes: 3 * SIZE } });
      await finish(queue, "a", "b", "c");
      await queue.fail("failed");
      await queue.push("ready", { ...newJob("delayed"), delayMs: LONG_DELAY_MS });
      const steps: number[] = [];
      do steps.push(await world.driver.clean(queue.name, 2));
      while (steps.at(-1) !== 0);
      expect(steps.every((count) => count <= 2)).toBe(true);
      expect(steps.reduce((sum, count) => sum + count)).toBe(6);
      expect(await world.driver.counts(queue.name)).toMatchObject({
        done: 3,
        kept: 0,
        failed: 0,
        ready: 0,
        delayed: 0,
      });
      await finish(queue, "d", "e", "f");
      expect(await keptIds(queue)).toEqual(["f", "e", "d"]);
    });
  });
}
