import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { starve } from "../support/descriptors.ts";
import { LOG_FILES, logged } from "../support/log.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

/** 3,000 jobs and 15 deaths, on a machine that is busy with other things as well. */
const PATIENCE_MS = 40_000;
const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const STEADY = `export async function steady(data, job) {
  note("start", job, { n: data.n });
  await Bun.sleep(data.ms ?? 0);
  if (data.hold && job.attempt === 1) await new Promise(() => setInterval(() => {}, 1000));
  note("end", job, { n: data.n });
}`;

/** How often each number was begun and ended, by the ledger. */
function countsOf(lines: readonly { readonly [key: string]: unknown }[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of lines) counts.set(Number(line["n"]), (counts.get(Number(line["n"])) ?? 0) + 1);
  return counts;
}

describe.each(COMBINATIONS)("a worker killed with SIGKILL, $store in $mode mode", ({ store, mode }) => {
  test("runs the job that it was in again, and nothing that it had finished", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode, prefetch: 50 } });
    project.job("steady", STEADY);
    const service = await project.start();
    const push = Array.from({ length: 40 }, (_, n) => ({ job: "steady", data: { n, hold: n === 20 } }));
    await project.pushAll("q", push);
    const held = await until("job 20 runs", () => project.steps("start").find((line) => line["n"] === 20));
    process.kill(held.pid, "SIGKILL");
    await until("all jobs are done", async () => (await project.counts("q")).done === 40);

    expect([...countsOf(project.steps("end")).values()].every((count) => count === 1)).toBe(true);
    const repeated = [...countsOf(project.steps("start"))].filter(([, count]) => count > 1);
    expect(repeated).toEqual([[20, 2]]);
    const second = project.steps("start").findLast((line) => line["n"] === 20);
    expect(second?.attempt).toBe(2);
    expect(await service.stop()).toBe(0);
  });

  test("loses and repeats nothing else, when it happens again and again under load", async () => {
    const project = await stores.project(store);
    const jobs = 3_000;
    project.configure({ q: { workers: 3, mode, retries: 100 } });
    project.job("steady", STEADY);
    const service = await project.start();
    await project.pushAll(
      "q",
      Array.from({ length: jobs }, (_, n) => ({ job: "steady", data: { n, ms: 1 } })),
    );
    const killed = new Set<number>();
    await until(
      "all jobs are done",
      async () => {
        const busy = (await service.processes("worker")).find((one) => one.state === "busy" && !killed.has(one.pid));
        if (busy !== undefined && killed.size < 15) {
          process.kill(busy.pid, "SIGKILL");
          killed.add(busy.pid);
        }
        return (await project.counts("q")).done === jobs;
      },
      PATIENCE_MS,
    );

    expect(killed.size).toBeGreaterThan(0);
    const ends = countsOf(project.steps("end"));
    expect(ends.size).toBe(jobs);
    const starts = project.steps("start");
    for (const [n, count] of countsOf(starts)) {
      if (count === 1) continue;
      const own = starts.filter((line) => line["n"] === n).slice(0, -1);
      expect(own.every((line) => killed.has(line.pid))).toBe(true);
    }
    await service.stop();
  }, 40_000);
});

describe.each(COMBINATIONS)("a whole service killed with SIGKILL, $store in $mode mode", ({ store, mode }) => {
  test("does every job that was not finished, at once when it is started again", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode, prefetch: 20 } });
    project.job("steady", STEADY);
    const first = await project.start();
    await project.pushAll(
      "q",
      Array.from({ length: 30 }, (_, n) => ({ job: "steady", data: { n, hold: n === 3 || n === 9 } })),
    );
    await until(
      "both workers hold on",
      () => project.steps("start").filter((l) => l["n"] === 3 || l["n"] === 9).length === 2,
    );
    const pids = (await first.status()).processes.map((one) => one.pid);
    // One that an operator started by hand is not there: only what this test started is killed.
    for (const pid of pids) process.kill(pid, "SIGKILL");
    await first.child.exited;
    // The handlers hold on only in their first run, which was not their fault to lose.
    project.job("steady", STEADY.replace("data.hold", "false"));
    const second = await project.start();
    await until("all jobs are done", async () => (await project.counts("q")).done === 30);
    expect([...countsOf(project.steps("end")).values()].every((count) => count === 1)).toBe(true);
    expect(await second.stop()).toBe(0);
  });

  test("leaves no process behind when only manage is killed", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode } });
    project.job("steady", STEADY);
    const service = await project.start();
    const pids = (await service.status()).processes.map((one) => one.pid);
    service.child.kill("SIGKILL");
    await until("every process is gone", () => pids.every((pid) => !isRunning(pid)));
    expect(pids.length).toBe(4);
  });
});

describe.each(COMBINATIONS)("a master killed with SIGKILL, $store in $mode mode", ({ store, mode }) => {
  test("is replaced, and its jobs are run again without using up an attempt", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode } });
    project.job(
      "once",
      `export async function once(data, job) {
      note("start", job);
      if (!existsSync(data.flag)) await new Promise(() => setInterval(() => {}, 1000));
      note("end", job);
    }
    import { existsSync } from "node:fs";`,
    );
    const service = await project.start();
    const flag = `${project.folder}/go`;
    await project.pushAll("q", [{ job: "once", data: { flag } }]);
    await until("the job runs", () => project.steps("start").length === 1);
    project.write("go", "");
    const [master] = await service.processes("master");
    process.kill(master?.pid ?? 0, "SIGKILL");
    const end = await until("the job is done", () => project.steps("end")[0]);
    expect(end.attempt).toBe(1);
    await until("the store knows", async () => (await project.counts("q")).done === 1);
    await service.stop();
  });
});

describe("a process that has no file descriptor left to start another one", () => {
  const ONCE = `export async function once(data, job) {
    note("start", job);
    await appears(data.flag);
    note("end", job);
  }`;

  test("is a master that goes on with the workers it has, and replaces the dead one when it can", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 2 } });
    project.job("once", ONCE);
    const service = await project.start();
    const [master] = await service.processes("master");
    await project.pushAll("q", [{ job: "once", data: { flag: `${project.folder}/go` } }]);
    const { pid: busy } = await until("the job runs", () => project.steps("start")[0]);
    const idle = (await service.processes("worker")).find(({ pid }) => pid !== busy);
    const feed = starve(master?.pid ?? 0, 2);
    process.kill(idle?.pid ?? 0, "SIGKILL");
    await until("a place is empty", async () => (await service.processes("worker")).length === 1);
    project.write("go", "");
    const end = await until("the job is done", () => project.steps("end")[0]);
    expect([end.pid, end.attempt]).toEqual([busy, 1]);
    feed();
    await until(
      "both places are filled",
      async () => (await service.processes("worker")).filter(({ state }) => state === "idle").length === 2,
    );
    expect((await service.processes("master"))[0]?.pid).toBe(master?.pid ?? 0);
    expect(await service.stop()).toBe(0);
    expect(await service.output()).toContain("with no process to run in (EMFILE");
  });

  test("is a manage that keeps the service up, and starts the master anew when it can", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } }, { log: LOG_FILES });
    const service = await project.start();
    const [master] = await service.processes("master");
    const feed = starve(service.child.pid, 1);
    process.kill(master?.pid ?? 0, "SIGKILL");
    await until("its successor could not be started", () =>
      logged(project).some(({ message }) => message.includes("with no process to run in (EMFILE")),
    );
    feed();
    await until("the worker is back", async () =>
      (await service.processes("worker")).some(({ state }) => state === "idle"),
    );
    expect(await service.stop()).toBe(0);
  });
});

function isRunning(pid: number): boolean {
  const stat = Bun.spawnSync(["ps", "-o", "stat=", "-p", String(pid)])
    .stdout.toString()
    .trim();
  return stat !== "" && !stat.startsWith("Z");
}
