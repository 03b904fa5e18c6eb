import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { CommandResult, LedgerLine, Project } from "../support/project.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const VERSION = (version: number): string =>
  `export async function versioned(data, job) { note("run", job, { version: ${version} }); await Bun.sleep(data.ms ?? 0); note("end", job); }`;

describe.each(COMBINATIONS)("worker:reload, $store in $mode mode", ({ store, mode }) => {
  test("replaces every worker with fresh code under load, and loses and repeats nothing", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode } });
    project.job("versioned", VERSION(1));
    const service = await project.start();
    const before = (await service.processes("worker")).map((one) => one.pid);
    const total = 600;
    await project.pushAll(
      "q",
      Array.from({ length: total }, () => ({ job: "versioned", data: { ms: 3 } })),
    );
    await until("some ran", () => project.steps("run").length > 20);
    project.job("versioned", VERSION(2));
    const { code, stdout } = await project.run("worker:reload");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "mpq is reloaded\n" });
    const successors = (await service.processes("worker")).map((one) => one.pid);
    expect(successors.length).toBe(2);
    expect(successors.some((pid) => before.includes(pid))).toBe(false);
    await until("all are done", async () => (await project.counts("q")).done === total);
    expect({ repeated: repeated(project), log: service.written }).toMatchObject({ repeated: [] });
    expect(project.steps("run").length).toBe(total);
    // A slow reload may end when all of them are done: the code of one more job shows which is loaded.
    await project.pushAll("q", [{ job: "versioned", id: "after" }]);
    const after = await until("one more runs", () => project.steps("run").find(({ job }) => job === "after"));
    expect(after["version"]).toBe(2);
    expect(await service.stop()).toBe(0);
  });
});

describe.each(COMBINATIONS)("worker:reload of a changed configuration, $store in $mode mode", ({ store, mode }) => {
  test("goes by it: more and fewer workers, new and old queues, another mode, and loses and repeats nothing", async () => {
    const project = await stores.project(store);
    project.configure({ grows: { workers: 1, mode }, shrinks: { workers: 3, mode }, leaves: { workers: 1, mode } });
    project.job("versioned", VERSION(1));
    const service = await project.start();
    const otherMode = mode === "grab" ? "distribute" : "grab";
    const jobs = Array.from({ length: 200 }, () => ({ job: "versioned", data: { ms: 2 } }));
    await project.pushAll("grows", jobs);
    await project.pushAll("shrinks", jobs);
    await until("some ran", () => project.steps("run").length > 10);
    project.configure({
      grows: { workers: 3, mode, keepDone: 5 },
      shrinks: { workers: 1, mode: otherMode },
      comes: { workers: 2, mode },
    });
    expect({ ...(await project.run("worker:reload")), log: service.written }).toMatchObject({ code: 0 });
    const workers = await until("the queues have the workers that they now have", async () => {
      const counts: Record<string, number> = {};
      for (const { queue } of await service.processes("worker")) counts[queue ?? ""] = (counts[queue ?? ""] ?? 0) + 1;
      return Object.keys(counts).length === 3 && counts["leaves"] === undefined ? counts : undefined;
    });
    expect(workers).toEqual({ grows: 3, shrinks: 1, comes: 2 });
    await project.pushAll("comes", jobs);
    await until("all are done", async () => {
      const counts = await Promise.all(["grows", "shrinks", "comes"].map((queue) => project.counts(queue)));
      return counts.every(({ done }) => done === jobs.length);
    });
    expect({ repeated: repeated(project), log: service.written }).toMatchObject({ repeated: [] });
    expect(project.steps("run").length).toBe(3 * jobs.length);
    expect(await project.counts("shrinks")).toMatchObject({ mode: otherMode });
    expect(await service.stop()).toBe(0);
  });
});

describe("worker:reload", () => {
  test("refuses what only a restart can change, and names it", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("versioned", VERSION(1));
    const service = await project.start();
    const [before] = await service.processes("worker");
    project.configure({ q: { workers: 2 } }, { name: "other" });
    service.child.kill("SIGHUP");
    await until("the log tells", () => service.written.includes("name is now other, the service runs with mpq"));
    expect(service.written).toContain("worker:restart");
    project.configure({ q: { workers: 1 } });
    expect((await service.processes("worker"))[0]?.pid).toBe(before?.pid ?? 0);
    await service.stop();
  });

  test("says how a master ended meanwhile", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("versioned", VERSION(1));
    const service = await project.start();
    const [master] = await service.processes("master");
    await project.pushAll("q", [{ job: "versioned", data: { ms: 60_000 } }]);
    await until("it runs", () => project.steps("run").length === 1);
    const reloaded = project.run("worker:reload");
    await until("its worker is to leave", async () => (await service.processes("worker"))[0]?.state === "stopping");
    process.kill(master?.pid ?? 0, "SIGKILL");
    expect(await reloaded).toMatchObject({ code: 1, stderr: expect.stringContaining("ended by SIGKILL meanwhile") });
    expect((await project.run("worker:stop", "--force")).code).toBe(0);
  });
});

describe.each(COMBINATIONS)("worker:reload of what will not do, $store in $mode mode", ({ store, mode }) => {
  test("refuses a configuration that will not do, and the old workers stay", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode } });
    project.job("versioned", VERSION(1));
    const service = await project.start();
    const [before] = await service.processes("worker");
    project.write("mpq.config.ts", `export default { runDir: "./run", queues: { q: { workers: -1 } } };`);
    expect((await project.run("worker:reload")).code).toBe(78);
    project.configure({ q: { workers: 1, mode } });
    project.job("versioned", `throw new Error("not today");`);
    const { code, stderr } = await project.run("worker:reload");
    expect(code).toBe(1);
    expect(stderr).toContain("not today");
    const [after] = await service.processes("worker");
    expect(after?.pid).toBe(before?.pid ?? 0);
    await project.pushAll("q", [{ job: "versioned", data: {} }]);
    await until("the old worker runs it", () => project.steps("end").length === 1);
    await service.stop();
  });
});

describe("worker:start --daemon", () => {
  test("returns when every queue is up, and worker:restart and worker:stop work on it", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("versioned", VERSION(1));
    const { code, stdout } = await project.run("worker:start", "-d");
    expect(code).toBe(0);
    const pid = Number(/pid (\d+)/.exec(stdout)?.[1]);
    const status = JSON.parse((await project.run("worker:status", "--json")).stdout) as { pid: number };
    expect(status.pid).toBe(pid);
    expect((await project.run("worker:start", "-d")).code).toBe(1);
    const restarted = await project.run("worker:restart", "-d");
    expect(restarted.code).toBe(0);
    expect(Number(/pid (\d+)/.exec(restarted.stdout)?.[1])).not.toBe(pid);
    expect((await project.run("worker:stop")).code).toBe(0);
    expect(readFileSync(join(project.folder, "logs", "mpq.log"), "utf8")).toContain("mpq has stopped");
  });

  test("ends as the service did that could not reach its store: with 69, and its words; so does worker:restart", async () => {
    const start = async (command: string): Promise<CommandResult> => {
      const project = await stores.project("sqlite");
      project.configure({ q: { workers: 1 } });
      return await project.run({ ...project.env, MPQ_DRIVER_URL: "redis://127.0.0.1:1/0" }, command, "--daemon");
    };
    for (const { code, stderr } of await Promise.all(["worker:start", "worker:restart"].map(start))) {
      expect(code).toBe(69);
      expect(stderr).toContain("127.0.0.1:1");
      expect(stderr).toContain("did not start");
    }
  });

  test("prints why the service does not start, and leaves nothing for the next start to take back", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("bad", `throw new Error("no database here");`);
    const { code, stderr } = await project.run("worker:start", "--daemon");
    expect(code).toBe(1);
    expect(stderr).toContain("no database here");
    expect(stderr).not.toContain("is being killed");
    expect(readdirSync(join(project.folder, "run", "mpq"))).toEqual([]);
    project.job("bad", "export function good() {}");
    const service = await project.start();
    expect(service.written).not.toContain("was not stopped when it last ran");
    await service.stop();
  });
});

describe.each(COMBINATIONS)("limits of workers, $store in $mode mode", ({ store, mode }) => {
  test("a worker is replaced after maxJobs, and one that uses far too much memory is killed", async () => {
    const project = await stores.project(store);
    project.configure({
      few: { workers: 1, mode, maxJobs: 2 },
      small: { workers: 1, mode, memoryLimit: 60, retries: 0 },
    });
    project.job(
      "greedy",
      `const kept = [];
      export function few(data, job) { note("few", job); }
      export async function greedy(data, job) { for (;;) { kept.push(new Uint8Array(10_000_000).fill(1)); await Bun.sleep(1); } }`,
    );
    const service = await project.start();
    await project.pushAll(
      "few",
      Array.from({ length: 3 }, () => ({ job: "few", data: {} })),
    );
    await project.pushAll("small", [{ job: "greedy", data: {}, retries: 0 }]);
    await until("the greedy one is failed", async () => (await project.counts("small")).failed === 1);
    const { jobs } = await (await project.store()).list("small", "failed", 1);
    expect(jobs[0]?.record?.attempts.map((attempt) => attempt.outcome)).toEqual(["memory"]);
    const [first] = project.steps("few");
    const renewed = await until("the worker is replaced", async () =>
      (await service.processes("worker")).find(
        (one) => one.queue === "few" && one.pid !== first?.pid && one.state === "idle",
      ),
    );
    await project.pushAll("few", [{ job: "few", data: {} }]);
    await until("its successor works", () => project.steps("few").at(-1)?.pid === renewed.pid);
    await service.stop();
  });
});

/** All that the jobs wrote which began more than once. */
function repeated(project: Project): LedgerLine[] {
  const begun = new Map<string, number>();
  for (const { job } of project.steps("run")) begun.set(job, (begun.get(job) ?? 0) + 1);
  return project.ledger().filter(({ job }) => (begun.get(job) ?? 0) > 1);
}
