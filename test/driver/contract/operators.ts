import { describe, expect, test } from "bun:test";
import type { JobState } from "../../../src/job/state.ts";
import { DEFAULT_POLICY } from "../../../src/job/retry.ts";
import { until } from "../../support/until.ts";
import { LONG_DELAY_MS, type TestQueue, done, failing, newJob, numbered } from "./queue.ts";
import type { World } from "./world.ts";

export function describeOperators(world: World): void {
  describe("what operators see", () => {
    test("the settings that a service registered are read back, and may be changed", async () => {
      const queue = world.unregistered();
      expect(await world.driver.settings(queue.name)).toBeUndefined();
      const policy = {
        ...DEFAULT_POLICY,
        retryDelay: { type: "exponential", baseMs: 1, maxMs: 9, jitter: 0.5 },
      } as const;
      for (const settings of [world.settings({ policy }), world.settings({ maxSize: 5, keepFailed: 2 })]) {
        await world.driver.register(queue.name, settings);
        expect(await (await world.connect()).settings(queue.name)).toEqual(settings);
      }
    });

    test("what is to be known of the store is told, a thing at a time, and none of it keeps this one from working", async () => {
      const findings = await world.driver.checkup();
      expect(new Set(findings.map(({ check }) => check)).size).toBe(findings.length);
      for (const finding of findings) {
        expect(finding).toEqual({
          check: expect.any(String),
          level: finding.level,
          message: expect.stringMatching(/./),
        });
        expect(["ok", "warn"]).toContain(finding.level);
      }
    });

    test("every queue that was registered or pushed to is listed, once", async () => {
      const [registered, pushed, unknown] = [await world.queue(), world.unregistered(), world.unregistered()];
      await pushed.push("a");
      await pushed.push("b");
      const queues = await world.driver.queues();
      expect(queues).toEqual([...new Set(queues)].toSorted());
      expect(queues).toContain(registered.name);
      expect(queues).toContain(pushed.name);
      expect(queues).not.toContain(unknown.name);
    });

    test("jobs are counted in each state", async () => {
      const queue = await world.queue();
      await queue.fail("failed");
      await queue.settle([done(await queue.pushAndTake("done"))]);
      await queue.settle([failing(await queue.pushAndTake("failing"))]);
      await queue.pushAndTake("active");
      await queue.push("a", "b", "c", { id: "later", delayMs: LONG_DELAY_MS });
      expect(await world.driver.counts(queue.name)).toMatchObject({
        mode: world.mode,
        paused: false,
        pushed: 8,
        done: 1,
        ready: 3,
        delayed: 1,
        active: 2,
        failed: 1,
      });
    });

    test("the age of the oldest ready job grows, and is gone when none is ready", async () => {
      const queue = await world.queue();
      expect((await world.driver.counts(queue.name)).oldestMs).toBeUndefined();
      await queue.push("a");
      await until(
        "the job has waited 20 ms",
        async () => ((await world.driver.counts(queue.name)).oldestMs ?? 0) >= 20,
      );
      await queue.push("b");
      expect((await world.driver.counts(queue.name)).oldestMs).toBeGreaterThanOrEqual(20);
      await queue.take(2);
      expect((await world.driver.counts(queue.name)).oldestMs).toBeUndefined();
    });

    test("a queue that nobody made counts nothing", async () => {
      expect(await world.driver.counts(world.unregistered().name)).toEqual({
        mode: "distribute",
        paused: false,
        pushed: 0,
        done: 0,
        ready: 0,
        delayed: 0,
        active: 0,
        failed: 0,
        kept: 0,
        oldestMs: undefined,
      });
    });
  });

  describeListing(world);
  describeEmptying(world);
  describePausing(world);
}

function describeListing(world: World): void {
  const makers: Readonly<Record<"ready" | "delayed" | "failed", (queue: TestQueue) => Promise<unknown>>> = {
    ready: (queue) => queue.push(...numbered(5)),
    delayed: (queue) => queue.push(...numbered(5).map((id, index) => ({ id, delayMs: LONG_DELAY_MS + index }))),
    failed: (queue) => queue.fail(...numbered(5).toReversed()),
  };

  describe("listing", () => {
    for (const state of ["ready", "delayed", "failed"] as const) {
      test(`${state} jobs come page by page, ${state === "failed" ? "newest" : "oldest"} first`, async () => {
        const queue = await world.queue();
        await makers[state](queue);
        const pages = await readPages(queue, state);
        expect(pages).toEqual([["job-0", "job-1"], ["job-2", "job-3"], ["job-4"]]);
        expect(await readPages(queue, state)).toEqual(pages);
      });
    }

    test("a listed job is the same as the one that is read alone", async () => {
      const queue = await world.queue();
      await queue.fail("a");
      const { jobs, next } = await world.driver.list(queue.name, "failed", 10);
      expect(next).toBeUndefined();
      expect(jobs).toEqual([await world.driver.get(queue.name, "a")].flatMap((job) => job ?? []));
    });

    test("an empty state has one empty page", async () => {
      const queue = await world.queue();
      expect(await world.driver.list(queue.name, "ready", 10)).toEqual({ jobs: [], next: undefined });
    });
  });
}

async function readPages(queue: TestQueue, state: Exclude<JobState, "active">): Promise<readonly string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await queue.driver.list(queue.name, state, 2, cursor);
    expect(page.jobs.every((job) => job.state === state && job.envelope === newJob(job.id).envelope)).toBe(true);
    pages.push(page.jobs.map(({ id }) => id));
    cursor = page.next;
  } while (cursor !== undefined);
  return pages;
}

function describeEmptying(world: World): void {
  describe("emptying", () => {
    test("removing deletes jobs that are not active and names them", async () => {
      const queue = await world.queue();
      await queue.fail("failed");
      const active = await queue.pushAndTake("active");
      await queue.push("ready", "stays", { id: "delayed", delayMs: LONG_DELAY_MS });
      const ids = ["failed", "active", "ready", "delayed", "unknown"];
      const removed = await world.driver.remove(queue.name, ids);
      expect(removed.toSorted()).toEqual(["delayed", "failed", "ready"]);
      expect(await world.driver.remove(queue.name, ids)).toEqual([]);
      expect(await queue.takeIds(5)).toEqual(["stays"]);
      expect(await queue.settle([done(active)])).toEqual([]);
    });

    test("cleaning goes in bounded steps until only active jobs are left, and counters go on", async () => {
      const queue = await world.queue();
      await queue.fail("failed");
      await queue.settle([done(await queue.pushAndTake("done"))]);
      const active = await queue.pushAndTake("active");
      await queue.push(...numbered(5), { id: "delayed", delayMs: LONG_DELAY_MS });
      const steps: number[] = [];
      do steps.push(await world.driver.clean(queue.name, 3));
      while (steps.at(-1) !== 0);
      expect(steps.every((count) => count <= 3)).toBe(true);
      expect(steps.reduce((sum, count) => sum + count)).toBe(7);
      const left = { pushed: 9, done: 1, ready: 0, delayed: 0, active: 1, failed: 0 };
      expect(await world.driver.counts(queue.name)).toMatchObject(left);
      expect(await queue.settle([done(active)])).toEqual([]);
      await queue.push("job-0");
      expect(await queue.takeIds(2)).toEqual(["job-0"]);
      expect(await world.driver.counts(queue.name)).toMatchObject({ pushed: 10, done: 2 });
    });

    test("cleaning one queue leaves the others", async () => {
      const [one, two] = [await world.queue(), await world.queue()];
      await one.push("a");
      await two.push("a");
      expect(await world.driver.clean(one.name, 10)).toBe(1);
      expect(await two.takeIds(2)).toEqual(["a"]);
    });
  });
}

function describePausing(world: World): void {
  describe("a paused queue", () => {
    test("gives out nothing and says so, until it is resumed", async () => {
      const queue = await world.queue();
      await queue.push("a");
      await world.driver.pause(queue.name, "paused");
      await world.driver.pause(queue.name, "paused");
      expect(await queue.exchange(1)).toMatchObject({ taken: [], paused: true });
      expect(await world.driver.counts(queue.name)).toMatchObject({ paused: true, ready: 1 });
      await world.driver.pause(queue.name, "running");
      expect(await queue.exchange(1)).toMatchObject({ taken: [{ id: "a" }], paused: false });
    });

    test("takes pushes and settlements, and stays paused when its service registers again", async () => {
      const queue = await world.queue();
      const job = await queue.pushAndTake("a");
      await world.driver.pause(queue.name, "paused");
      await queue.push("b");
      expect(await queue.settle([done(job)])).toEqual([]);
      await world.driver.register(queue.name, world.settings());
      expect(await world.driver.counts(queue.name)).toMatchObject({ paused: true, done: 1, ready: 1 });
      expect(await queue.take(1)).toEqual([]);
    });
  });
}
