import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

describe.each(COMBINATIONS)("timeouts, $store in $mode mode:", ({ store, mode }) => {
  test("a busy loop is stopped at its timeout and is not retried; its callback runs, and what waited behind it ran at once", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode, prefetch: 20 } });
    project.job(
      "blocking",
      `import { Job } from "multi-process-queue";
      export class Block extends Job {
        static override timeout = 0.5;
        handle() { note("start", this); while (true) {} }
        override onFailed(job, error) { note("callback", job, { type: job.type, error: error.name }); }
      }
      export function quick(data, job) { note("quick", job); }`,
    );
    const service = await project.start();
    const quick = Array.from({ length: 10 }, () => ({ job: "quick" }));
    await project.pushAll("q", [{ job: "Block", timeout: 0.5 }, ...quick]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    const { jobs } = await (await project.store()).list("q", "failed", 10);
    expect(jobs[0]?.record?.attempts).toMatchObject([{ outcome: "timeout" }]);
    // A machine that does much else at once may notice late, but never early.
    expect(jobs[0]?.record?.attempts[0]?.seconds).toBeWithin(0.5, 3);
    expect(project.steps("callback")).toMatchObject([{ type: "timeout" }]);
    expect(project.steps("quick").length).toBe(10);
    const [callback] = project.steps("callback");
    expect(Math.max(...project.steps("quick").map(({ at }) => at))).toBeLessThan(callback?.at ?? 0);
    await service.stop();
  });

  test("timeout 0 means none, a timeout is kept to the millisecond, and retryOnTimeout tries again", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode, timeout: 0.075 } });
    project.job(
      "slow",
      `export async function slow(data, job) {
        note("start", job);
        await Bun.sleep(300);
        note("end", job);
      }`,
    );
    const service = await project.start();
    await project.pushAll("q", [
      { job: "slow", id: "none", timeout: 0 },
      { job: "slow", id: "queue's" },
      { job: "slow", id: "again", retryOnTimeout: true, retries: 1, retryDelay: 0 },
    ]);
    await until("one is done", async () => (await project.counts("q")).done === 1);
    await until("the others are failed", async () => (await project.counts("q")).failed === 2);
    expect(project.steps("end").map(({ job }) => job)).toEqual(["none"]);
    const { jobs } = await (await project.store()).list("q", "failed", 10);
    for (const [id, runs] of Object.entries({ "queue's": 1, again: 2 })) {
      const attempts = jobs.find((job) => job.id === id)?.record?.attempts ?? [];
      expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(runs).fill("timeout"));
      for (const { seconds } of attempts) expect(seconds).toBeWithin(0.075, 3);
    }
    await service.stop();
  });

  test("the failure callback runs under the same timeout", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode } });
    project.job(
      "endless",
      `import { Job } from "multi-process-queue";
      export class Endless extends Job {
        handle() { throw new Error("no"); }
        override onFailed(job) { note("callback", job); while (true) {} }
      }
      export function after(data, job) { note("after", job); }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "Endless", id: "endless", timeout: 0.1, retries: 0 }]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    await project.pushAll("q", [{ job: "after" }]);
    await until("its worker's successor works", () => project.steps("after").length === 1);
    const { jobs } = await (await project.store()).list("q", "failed", 1);
    expect(jobs[0]?.record).toMatchObject({
      attempts: [{ outcome: "error" }],
      callbackError: { name: "TimeoutError" },
    });
    expect(project.steps("callback").length).toBe(1);
    await service.stop();
  });
});
