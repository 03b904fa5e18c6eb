import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

/** A driver of the user's own that loses every wake-up: what waits looks again only when its time is over. */
const deaf = (url: string): string => `import { redis, sqlite } from "multi-process-queue";
const url = ${JSON.stringify(url)};
const source = url.startsWith("sqlite:") ? sqlite(url.slice(7)) : redis(url);
const wait = (_queue, _taker, ms, signal) => new Promise((resolve) => {
  const timer = setTimeout(() => resolve([]), ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); resolve([]); });
});
const deafened = (inner) => new Proxy(inner, {
  get(target, name) {
    if (name === "wait") return wait;
    if (name === "label") return "deaf";
    const value = target[name];
    return typeof value === "function" ? value.bind(target) : value;
  },
});
const driver = { label: "deaf", open: async () => deafened(await source.open()) };
`;

describe.each(COMBINATIONS)("options of a queue, $store in $mode mode:", ({ store, mode }) => {
  test("pollInterval is a safety net: when a driver of one's own loses every wake-up, a sweep finds what is due", async () => {
    const project = await stores.project(store);
    const options = { workers: 1, mode, pollInterval: 0.2 };
    project.write(
      "mpq.config.ts",
      `${deaf(project.url)}\nexport default { driver, runDir: "./run", queues: { q: ${JSON.stringify(options)} } };`,
    );
    project.job("late", `export function late(data, job) { note("run", job); }`);
    await project.pushAll("q", [{ job: "late", delay: 3600 }]);
    const service = await project.start({ MPQ_DRIVER_URL: "" });
    const pushed = Date.now();
    await project.pushAll("q", [{ job: "late", delay: 0.1 }]);
    await until("it is delayed no more", async () => (await project.counts("q")).delayed === 1);
    expect(Date.now() - pushed).toBeWithin(100, 4_500);
    expect(service.written).toContain("on deaf\n");
    await service.stop();
  });

  test("onWorkerStart of the service runs in every worker before its first job, then the queue's", async () => {
    const project = await stores.project(store);
    project.write("framework.ts", `export const app: { booted: string[] } = { booted: [] };`);
    project.write(
      "mpq.config.ts",
      `import { app } from "./framework.ts";
      const boot = (who: string) => async () => { await Bun.sleep(5); app.booted.push(who); };
      const queue = { mode: "${mode}", workers: 2, prefetch: 0 } as const;
      export default {
        runDir: "./run",
        onWorkerStart: boot("service"),
        queues: { own: { ...queue, onWorkerStart: boot("queue") }, plain: queue },
      };`,
    );
    project.job(
      "booted",
      `import { app } from "../framework.ts";
      export async function booted(data, job) { note("run", job, { queue: job.queue, booted: app.booted }); await Bun.sleep(20); }`,
    );
    for (const queue of ["own", "plain"]) {
      await project.pushAll(
        queue,
        Array.from({ length: 4 }, () => ({ job: "booted" })),
      );
    }
    const service = await project.start();
    await until("all ran", () => project.steps("run").length === 8);
    for (const line of project.steps("run")) {
      expect(line["booted"]).toEqual(line["queue"] === "own" ? ["service", "queue"] : ["service"]);
    }
    await service.stop();
  });

  test("onFailed of the queue runs after the job's own returned false, or where there is none, and not else", async () => {
    const project = await stores.project(store);
    project.write(
      "mpq.config.ts",
      `import { appendFileSync } from "node:fs";
      const onFailed = (job, error) => appendFileSync(new URL("ledger.jsonl", import.meta.url).pathname,
        JSON.stringify({ step: "queue's", job: job.id, type: job.type, message: error.message }) + "\\n");
      export default { runDir: "./run", queues: { q: { workers: 1, mode: "${mode}", retries: 0, onFailed } } };`,
    );
    project.job(
      "failing",
      `import { Job } from "multi-process-queue";
      class Failing extends Job { handle() { throw new Error("no"); } }
      export class Declines extends Failing { onFailed(job) { note("own", job); return false; } }
      export class Handles extends Failing { onFailed(job) { note("own", job); } }
      export class Silent extends Failing {}
      export function plain() { throw new Error("no"); }`,
    );
    const service = await project.start();
    const names = ["Declines", "Handles", "Silent", "plain"];
    await project.pushAll(
      "q",
      names.map((job) => ({ job, id: job, retries: 0 })),
    );
    await until("all are failed", async () => (await project.counts("q")).failed === names.length);
    const called = names.map((name) => project.ledger().flatMap(({ job, step }) => (job === name ? [step] : [])));
    expect(called).toEqual([["own", "queue's"], ["own"], ["queue's"], ["queue's"]]);
    expect(project.steps("queue's")).toMatchObject(Array(3).fill({ type: "error", message: "no" }));
    await service.stop();
  });

  test("retryDelay may be a backoff: each try waits longer, up to its bound, less a random part", async () => {
    const project = await stores.project(store);
    const retryDelay = { type: "exponential", base: 0.1, max: 0.3 } as const;
    project.configure({ q: { workers: 2, mode, retryDelay: { ...retryDelay, jitter: 0 }, retries: 3 } });
    project.job("broken", `export function broken(data, job) { note("run", job); throw new Error("no"); }`);
    const service = await project.start();
    await project.pushAll("q", [
      { job: "broken", id: "exact" },
      { job: "broken", id: "random", retryDelay: { ...retryDelay, jitter: 0.5 } },
    ]);
    await until("both are failed", async () => (await project.counts("q")).failed === 2);
    const waitsOf = (id: string): number[] => {
      const at = project.steps("run").flatMap((line) => (line.job === id ? [line.at] : []));
      return at.slice(1).map((moment, index) => moment - (at[index] ?? 0));
    };
    for (const [id, part] of Object.entries({ exact: 1, random: 0.5 })) {
      const waits = waitsOf(id);
      expect(waits.length).toBe(3);
      for (const [index, full] of [100, 200, 300].entries()) expect(waits[index]).toBeWithin(full * part - 2, 5_000);
    }
    await service.stop();
  });

  test("prefetch says how many jobs a worker has in its hands ahead of time: none, or so many", async () => {
    const project = await stores.project(store);
    project.configure({ none: { workers: 1, mode, prefetch: 0 }, some: { workers: 1, mode, prefetch: 2 } });
    project.job("held", `export const held = () => new Promise(() => setInterval(() => {}, 1_000));`);
    await project.start();
    for (const [queue, active] of Object.entries({ none: 1, some: 3 })) {
      await project.pushAll(queue, Array(5).fill({ job: "held" }));
      await until("one runs, and the others are ahead of their time", async () => {
        const counts = await project.counts(queue);
        return counts.active === active && counts.ready === 5 - active;
      });
    }
    expect(await project.counts("none")).toMatchObject({ active: 1, ready: 4 });
    expect((await project.run("worker:stop", "--force")).code).toBe(0);
  });

  test("what a job has begun goes on while others that wait for nothing follow it", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode, prefetch: 40 } });
    project.job(
      "jobs",
      `export function leaves(data, job) { setTimeout(() => note("went on", job), 0); }
      export function burns(data, job) {
        const end = performance.now() + 5;
        while (performance.now() < end);
        note("burnt", job);
      }`,
    );
    await project.pushAll("q", [{ job: "leaves" }, ...Array(40).fill({ job: "burns" })]);
    const service = await project.start();
    await until("all have run", () => project.ledger().length === 41);
    const at = project.ledger().findIndex(({ step }) => step === "went on");
    expect(at).toBeWithin(0, 20);
    await service.stop();
  });

  test("of large jobs a worker has about a megabyte ahead of time, however quick they are", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode } });
    project.job(
      "jobs",
      `export async function quick() {}
      export function held(data, job) { note("held", job); return new Promise(() => setInterval(() => {}, 1_000)); }`,
    );
    await project.start();
    const quick = Array.from({ length: 40 }, () => ({ job: "quick", data: { fill: "x".repeat(200_000) } }));
    await project.pushAll("q", quick);
    await until("the quick ones are done", async () => (await project.counts("q")).done === quick.length);
    await project.pushAll("q", [{ job: "held" }, ...quick]);
    await until("one is held", () => project.steps("held").length === 1);
    const { active, ready } = await project.counts("q");
    expect(active).toBeWithin(1, 8);
    expect(active + ready).toBe(1 + quick.length);
    expect((await project.run("worker:stop", "--force")).code).toBe(0);
  });
});

/** Each store once and each mode once: it is the same master that looks at the limits. */
describe.each(COMBINATIONS.filter(({ store, mode }) => (store === "redis") === (mode === "grab")))(
  "limits of workers, $store in $mode mode:",
  ({ store, mode }) => {
    test("a worker near its memoryLimit from the start brings a warning; one over it, or of maxAge, is replaced after its job", async () => {
      const project = await stores.project(store);
      project.configure({
        near: { workers: 1, mode, memoryLimit: 1 },
        over: { workers: 1, mode, memoryLimit: 60 },
        old: { workers: 1, mode, maxAge: 1 },
      });
      project.job(
        "jobs",
        `const kept = [];
      export function hungry(data, job) { kept.push(new Uint8Array(60_000_000).fill(1)); note("end", job, { queue: "over" }); }
      export async function slow(data, job) { await Bun.sleep(1_100); note("end", job, { queue: "old" }); }`,
      );
      const service = await project.start();
      await until("it warns", () => /near: worker \d+ uses \d+ MB before its first job, of 1 MB/.test(service.written));
      await project.pushAll("over", [{ job: "hungry" }]);
      await project.pushAll("old", [{ job: "slow" }]);
      for (const queue of ["over", "old"]) {
        const { pid } = await until("the job ends", () => project.steps("end").find((line) => line["queue"] === queue));
        const fault = `${queue}: worker ${pid} reached a limit (1 job, `;
        await until("its worker is replaced", () => service.written.includes(fault));
        await until("its successor is there", async () => {
          const workers = (await service.processes("worker")).filter((one) => one.queue === queue);
          return workers.length === 1 && workers[0]?.pid !== pid && workers[0]?.state === "idle";
        });
        expect(await project.counts(queue)).toMatchObject({ done: 1, failed: 0 });
      }
      await service.stop();
    });
  },
);

describe.each(["sqlite", "redis"] as const)("options of a queue, on %s:", (store) => {
  test("keepFailed drops the oldest failed jobs, maxSize refuses larger data with both numbers", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, keepFailed: 2, maxSize: 20 } });
    project.job("broken", `export function broken() { throw new Error("no"); }`);
    const service = await project.start();
    for (const [index, id] of ["a", "b", "c"].entries()) {
      await project.pushAll("q", [{ job: "broken", id, retries: 0 }]);
      await until(`${id} is failed`, async () => {
        const { active, ready, failed } = await project.counts("q");
        return active + ready === 0 && failed === Math.min(index + 1, 2);
      });
    }
    const { jobs } = await (await project.store()).list("q", "failed", 10);
    expect(jobs.map(({ id }) => id)).toEqual(["c", "b"]);
    const { code, stderr } = await project.run("queue:push", "-q", "q", "broken", '{"text":"twenty bytes"}');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/ 23 bytes .* 20/) });
    expect(await service.stop()).toBe(0);
  });
});
