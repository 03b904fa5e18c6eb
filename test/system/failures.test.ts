import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { configure, Queue } from "../../src/index.ts";
import { driverFromUrl } from "../../src/driver/open.ts";
import { ROOT } from "../support/markdown.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const SECRET = "a secret of sixteen";

describe.each(COMBINATIONS)("failures, $store in $mode mode", ({ store, mode }) => {
  test("a run that throws is tried again until its retries are used up; then its callback runs and it is kept", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode } });
    project.job(
      "broken",
      `import { Job } from "multi-process-queue";
      export class Broken extends Job {
        static override retries = 2;
        static override retryDelay = 0.02;
        async handle() { note("run", this); throw new TypeError("no such thing"); }
        override async onFailed(job, error) { note("failed", job, { type: job.type, name: error.name, message: error.message, attempts: job.attempts.length }); }
      }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "Broken", data: {}, retries: 2, retryDelay: 0.02 }]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    expect(project.steps("run").map((line) => line.attempt)).toEqual([1, 2, 3]);
    expect(project.steps("failed")).toMatchObject([
      { type: "error", name: "TypeError", message: "no such thing", attempts: 3 },
    ]);
    const { jobs } = await (await project.store()).list("q", "failed", 10);
    expect(jobs[0]?.record?.attempts.map((attempt) => attempt.outcome)).toEqual(["error", "error", "error"]);
    await service.stop();
  });

  test.each([
    ["kills", `process.kill(process.pid, "SIGKILL")`],
    ["blocks", "while (true);"],
  ])("a run that failed keeps its error, and what it asked for, when the next job %s its worker", async (_how, end) => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode, prefetch: 20 } });
    project.job(
      "one-after-another",
      `export function throws() { throw new RangeError("mine"); }
      export function decides(_data, job) { throw job.final("no more"); }
      export const heeds = (_data, { signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      export function ends() { ${end}; }`,
    );
    const ends = { job: "ends", retries: 0, timeout: 0.3 };
    const heeds = { job: "heeds", retries: 3, timeout: 0.05 };
    await project.pushAll("q", [
      { job: "throws", retries: 0 },
      ends,
      { job: "decides", retries: 3 },
      ends,
      heeds,
      ends,
    ]);
    const service = await project.start();
    await until("all are failed", async () => (await project.counts("q")).failed === 6);
    const { jobs } = await (await project.store()).list("q", "failed", 10);
    const told = jobs
      .filter(({ envelope }) => !envelope.includes("ends"))
      .flatMap(({ record }) => record?.attempts ?? []);
    expect(told.map(({ outcome, error }) => `${outcome} ${error.name} ${error.message}`).toSorted()).toEqual([
      "error FinalError no more",
      "error RangeError mine",
      "timeout TimeoutError the run took longer than its timeout",
    ]);
    expect(told.find(({ error }) => error.name === "RangeError")?.error.stack).toContain("one-after-another.ts");
    await service.stop();
  });

  test("an error that is final fails the job at once, from whichever kind of handler, and its callback runs", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode, retries: 5 } }, { secret: SECRET });
    project.job(
      "decided",
      `import { FinalError, Job } from "multi-process-queue";
      import { FinalError as OtherCopy } from ${JSON.stringify(join(ROOT, "src/job/final.ts"))};
      export class Decided extends Job {
        handle() { throw new FinalError("class", { cause: new Error("the reason") }); }
        override onFailed(job, error) { note("failed", job, { name: error.name, message: error.message, attempts: job.attempts.length }); }
      }
      export class Told extends Job { handle() { throw this.final("told"); } }
      export function copied() { throw new OtherCopy("copied"); }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "Decided" }, { job: "Told" }, { job: "copied" }]);
    configure({ driver: driverFromUrl(project.url), secret: SECRET });
    await Queue.push("q", async (_data, job) => {
      await Promise.reject(job.final("inline"));
    });
    await Queue.close();
    await until("all are failed", async () => (await project.counts("q")).failed === 4);
    const { jobs } = await (await project.store()).list("q", "failed", 10);
    const found = jobs.flatMap(({ record }) => record?.attempts ?? []);
    expect(found.map(({ outcome, error }) => `${outcome} ${error.name} ${error.message}`).toSorted()).toEqual([
      "error FinalError class",
      "error FinalError copied",
      "error FinalError inline",
      "error FinalError told",
    ]);
    expect(found.find(({ error }) => error.message === "class")?.error.stack).toContain("caused by Error: the reason");
    expect(project.steps("failed")).toMatchObject([{ name: "FinalError", message: "class", attempts: 1 }]);
    await service.stop();
  });

  test("a handler that heeds its signal ends at its timeout without losing its process", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode } });
    project.job(
      "polite",
      `export async function polite(data, job) {
      await new Promise((_, reject) => job.signal.addEventListener("abort", () => reject(job.signal.reason)));
    }
    export function after(data, job) { note("after", job); }`,
    );
    const service = await project.start();
    const [before] = await service.processes("worker");
    await project.pushAll("q", [{ job: "polite", data: {}, timeout: 0.05 }]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    await project.pushAll("q", [{ job: "after", data: {} }]);
    const after = await until("the next one is done", () => project.steps("after")[0]);
    expect(after.pid).toBe(before?.pid ?? 0);
    const { jobs } = await (await project.store()).list("q", "failed", 1);
    expect(jobs[0]?.record?.attempts.map((attempt) => attempt.outcome)).toEqual(["timeout"]);
    await service.stop();
  });

  test("a job that kills its worker each time ends as failed with that cause", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode } });
    project.job(
      "poison",
      `export function leave(data, job) { note("run", job); process.exit(3); }
      export function die(data, job) { note("run", job); process.kill(process.pid, "SIGKILL"); while (true) {} }`,
    );
    const service = await project.start();
    await project.pushAll("q", [
      { job: "leave", data: {}, retries: 1 },
      { job: "die", data: {}, retries: 1 },
    ]);
    await until("both are failed", async () => (await project.counts("q")).failed === 2);
    const { jobs } = await (await project.store()).list("q", "failed", 10);
    const outcomes = jobs.map((job) => job.record?.attempts.map((attempt) => attempt.outcome).join());
    expect(new Set(outcomes)).toEqual(new Set(["exit,exit", "killed,killed"]));
    await service.stop();
  });

  test("a failure callback whose process dies is run again by another worker, and not for ever", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode, retries: 0 } });
    project.job(
      "hopeless",
      `import { Job } from "multi-process-queue";
      export class Hopeless extends Job {
        handle() { throw new Error("first"); }
        override onFailed(job) { note("callback", job); process.exit(1); }
      }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "Hopeless", data: {}, retries: 0 }]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    expect(project.steps("callback").length).toBe(3);
    await service.stop();
  });

  test("a job whose code throws where nobody awaits it fails with a message that says so, and the error is shown", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode } });
    project.job(
      "stray",
      `export async function stray() { setTimeout(() => { throw new Error("much later"); }, 5); await Bun.sleep(60_000); }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "stray", data: {}, retries: 0 }]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    const { jobs } = await (await project.store()).list("q", "failed", 1);
    const [attempt] = jobs[0]?.record?.attempts ?? [];
    expect(attempt?.outcome).toBe("exit");
    expect(attempt?.error.message).toContain("threw where nobody awaits it");
    await service.stop();
    expect(await service.output()).toContain("much later");
  });

  test("a job whose name no worker knows fails with a message that says so", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode } });
    project.job("known", "export function known() {}");
    const service = await project.start();
    await project.pushAll("q", [{ job: "unknown", data: {}, retries: 0 }]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    const { jobs } = await (await project.store()).list("q", "failed", 1);
    expect(jobs[0]?.record?.attempts[0]?.error.message).toBe(
      'no file that "jobs" names exports "unknown"; this service knows known',
    );
    await service.stop();
  });
});
