import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { PushItem } from "../../src/client/pushable.ts";
import { Project } from "../support/project.ts";
import { type TestRedis, startRedis } from "../support/redis.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

/** What `/proc` counts CPU time in, on every Linux. */
const TICKS_A_SECOND = 100;

/** Ends when as many as `data.together` of its kind have begun. */
const MEETING = `import { readFileSync } from "node:fs";
export async function meet(data, job) {
  note("start", job);
  while (readFileSync(ledger, "utf8").split('"step":"start"').length <= data.together) await Bun.sleep(2);
  note("end", job);
}`;

function meetings(count: number): PushItem[] {
  return Array.from({ length: count }, () => ({ job: "meet", data: { together: count } }));
}

describe.each(COMBINATIONS)("$store in $mode mode", ({ store, mode }) => {
  test("a job begins because it was pushed: no polling interval stands between", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode, pollInterval: 3600 } });
    project.job("quick", `export function quick(data, job) { note("run", job); }`);
    const service = await project.start();
    const waits: number[] = [];
    for (let n = 1; n <= 20; n++) {
      const pushed = Date.now();
      await project.pushAll("q", [{ job: "quick" }]);
      const { at } = await until("it begins", () => project.steps("run")[n - 1]);
      waits.push(at - pushed);
    }
    // The figures are the benchmark's; a machine that does much else at once passes this too.
    expect(waits.toSorted((a, b) => a - b)[10]).toBeLessThan(100);
    await service.stop();
  });

  test("several worker processes consume, as many as workers says, and three where it is silent", async () => {
    const project = await stores.project(store);
    project.configure({ q: { mode }, single: { mode, workers: 1 } });
    project.job("meet", MEETING);
    const service = await project.start();
    await project.pushAll("q", meetings(3));
    await until("all are done", async () => (await project.counts("q")).done === 3);
    expect(new Set(project.steps("start").map(({ pid }) => pid)).size).toBe(3);
    const queues = (await service.processes("worker")).map(({ queue }) => queue);
    expect(queues.filter((queue) => queue === "q").length).toBe(3);
    expect(queues.length).toBe(4);
    await service.stop();
  });

  test("one switch makes a worker run jobs concurrently; without it, it runs one at a time", async () => {
    const project = await stores.project(store);
    project.configure({ many: { mode, workers: 1, concurrency: 4 }, one: { mode, workers: 1, prefetch: 4 } });
    project.job(
      "meet",
      `${MEETING}
      let running = 0;
      export async function alone(data, job) {
        note("alone", job, { running: ++running });
        await Bun.sleep(1);
        running--;
      }`,
    );
    const service = await project.start();
    await project.pushAll("many", meetings(4));
    await until("all are done", async () => (await project.counts("many")).done === 4);
    expect(new Set(project.steps("start").map(({ pid }) => pid)).size).toBe(1);
    await project.pushAll(
      "one",
      Array.from({ length: 8 }, () => ({ job: "alone" })),
    );
    await until("all are done", async () => (await project.counts("one")).done === 8);
    expect(project.steps("alone").map(({ running }) => running)).toEqual(Array(8).fill(1));
    await service.stop();
  });

  test("a worker that runs jobs concurrently has room for the next as soon as one is done, however long the others go on", async () => {
    const project = await stores.project(store);
    project.configure({ q: { mode, workers: 1, concurrency: 3 } });
    project.job(
      "long",
      `export async function long(data, job) {
        note("long", job);
        await appears(data.until);
      }
      export function quick(data, job) { note("quick", job); }`,
    );
    const service = await project.start();
    const long = { job: "long", data: { until: `${project.folder}/go` } };
    await project.pushAll("q", [long, long, { job: "quick" }]);
    await until("the quick one is done", async () => (await project.counts("q")).done === 1);
    await project.pushAll("q", [{ job: "quick" }]);
    await until("the next one is done", async () => (await project.counts("q")).done === 2);
    expect(project.steps("long").length).toBe(2);
    project.write("go", "");
    await until("all are done", async () => (await project.counts("q")).done === 4);
    await service.stop();
  });

  test("what ended before a long job of the same batch is told while that one goes on", async () => {
    const project = await stores.project(store);
    project.configure({ q: { mode, workers: 2, prefetch: 20 } });
    project.job(
      "jobs",
      `export function good() {}
      export function bad() { throw new Error("no"); }
      export async function long(data, job) {
        note("long", job);
        await appears(data.until);
      }`,
    );
    const many = Array.from({ length: 10 }, () => ({ job: "good" }));
    const long = { job: "long", data: { until: `${project.folder}/go` } };
    await project.pushAll("q", [{ job: "good" }, { job: "bad", retries: 0 }, long, ...many]);
    const service = await project.start();
    await until("all others are told", async () => {
      const { done, failed } = await project.counts("q");
      return done === 11 && failed === 1;
    });
    expect(project.steps("long").length).toBe(1);
    project.write("go", "");
    await until("all are done", async () => (await project.counts("q")).done === 12);
    await service.stop();
  });

  test("a job that blocks its worker holds up none of those that were pushed with it", async () => {
    const project = await stores.project(store);
    project.configure({ q: { mode, workers: 3, concurrency: 2 } });
    project.job(
      "jobs",
      `import { readFileSync } from "node:fs";
      export function quick(data, job) { note("quick", job); }
      export function block(data) {
        while (readFileSync(ledger, "utf8").split("\\n").length <= data.until);
      }`,
    );
    const service = await project.start();
    const quick = Array.from({ length: 300 }, () => ({ job: "quick" }));
    // By now they are known to be short, and many are handed out ahead.
    await project.pushAll("q", quick);
    await until("these are done", async () => (await project.counts("q")).done === quick.length);
    await project.pushAll("q", [{ job: "block", data: { until: 2 * quick.length } }, ...quick]);
    await until("all are done", async () => (await project.counts("q")).done === 2 * quick.length + 1);
    await service.stop();
  });

  test("when a worker dies, its job and its failure callback are taken over at once, also with timeout 0", async () => {
    const project = await stores.project(store);
    project.configure({ q: { mode, workers: 2, pollInterval: 3600 } });
    project.job(
      "mortal",
      `import { Job } from "multi-process-queue";
      const die = () => { process.kill(process.pid, "SIGKILL"); for (;;); };
      export class Mortal extends Job {
        handle() { note("run", this); if (this.attempt === 1) die(); throw new Error("no"); }
        override onFailed(job) {
          note("callback", job);
          if (readFileSync(ledger, "utf8").split('"step":"callback"').length === 2) die();
        }
      }
      import { readFileSync } from "node:fs";`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "Mortal", timeout: 0, retries: 1, retryDelay: 0 }]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    const [run, again, ...more] = project.steps("run");
    expect(more).toEqual([]);
    const [callback, callbackAgain] = project.steps("callback");
    for (const [first, second] of [
      [run, again],
      [callback, callbackAgain],
    ]) {
      expect(second?.pid).not.toBe(first?.pid ?? 0);
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(3_000);
    }
    const { jobs } = await (await project.store()).list("q", "failed", 1);
    expect(jobs[0]?.record?.attempts.map(({ outcome }) => outcome)).toEqual(["killed", "error"]);
    await service.stop();
  });
});

describe("an idle service", () => {
  /** By Redis' own clock; long enough for what a service renews, and for the longest call that waits. */
  const WINDOW_S = { distribute: 5, grab: 20 } as const;

  test.each([
    ["distribute", { many: { workers: 5 }, few: { workers: 1 } }],
    ["grab", { q: { mode: "grab" } }],
  ] as const)(
    "costs a queue under one store command a second, and next to no CPU, in %s mode",
    async (mode, queues) => {
      const server = await startRedis();
      const project = new Project(server.url);
      try {
        project.configure(queues);
        project.job("noop", "export function noop() {}");
        const service = await project.start();
        const { processes } = await service.status();
        const cpuBefore = cpuSecondsOf(processes);
        const { sent, stop } = await listenTo(server);
        const end = (await secondsOf(server)) + WINDOW_S[mode];
        await until("the window is over", async () => (await secondsOf(server)) >= end, 60_000);
        stop();
        expect(cpuSecondsOf(processes) - cpuBefore).toBeLessThan(WINDOW_S[mode] * 0.1);
        expect(sent.filter((name) => name !== HEARD).length).toBeLessThan(Object.keys(queues).length * WINDOW_S[mode]);
        // For each queue one that speaks and one that waits; and manage's own.
        if (mode === "distribute") expect(await connectionsOf(server)).toBe(2 + 2 + 1);
        await service.stop();
      } finally {
        await project.end();
        await server.stop();
      }
    },
    60_000,
  );
});

/** What the test itself sends, to know that it hears. */
const HEARD = "ping";

async function secondsOf({ admin }: TestRedis): Promise<number> {
  return Number((await admin.time())[0]);
}

/** Listens to the commands that the server is sent, but for those of the test itself. */
async function listenTo({ admin }: TestRedis): Promise<{ sent: readonly string[]; stop: () => void }> {
  const sent: string[] = [];
  const monitor = await admin.monitor();
  monitor.on("monitor", (_time: string, [name = ""]: readonly string[], source: string) => {
    if (source !== "lua" && name.toLowerCase() !== "time") sent.push(name);
  });
  await admin.call(HEARD);
  await until("the server's commands are heard", () => sent.includes(HEARD));
  return { sent, stop: () => monitor.disconnect() };
}

/** Connections to the server, but for the test's own: those of its admin, and of what listens to the commands. */
async function connectionsOf({ admin }: TestRedis): Promise<number> {
  const list = String(await admin.call("CLIENT", "LIST"))
    .trim()
    .split("\n");
  return list.filter((line) => !/ cmd=(monitor|client)/.test(line)).length;
}

/** Seconds that these processes have computed so far. */
function cpuSecondsOf(processes: readonly { readonly pid: number }[]): number {
  const ticks = processes.map(({ pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND;
}
