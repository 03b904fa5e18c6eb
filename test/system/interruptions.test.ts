import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import { join } from "node:path";
import type { ShownAttempt, ShownJob } from "../../src/cli/stored-job.ts";
import { MAX_INTERRUPTIONS } from "../../src/job/interruption.ts";
import type { Project } from "../support/project.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const JOBS = `import { Job } from "multi-process-queue";
export async function waiting(data, job) {
  note("start", job);
  await appears(data.flag);
  note("end", job);
}
export class Broken extends Job {
  handle() { throw new Error("no"); }
  override onFailed(job) { note("failed", job, { outcomes: job.attempts.map((attempt) => attempt.outcome) }); }
}`;

const AT = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

async function attemptsOf(project: Project, id: string): Promise<readonly ShownAttempt[]> {
  const { stdout } = await project.run("queue:show", id, "--queue", "q", "--json");
  return (JSON.parse(stdout) as ShownJob).attempts;
}

/** Pushes jobs that wait for the project's file `go`. */
async function pushWaiting(project: Project, ...ids: readonly string[]): Promise<void> {
  const data = { flag: join(project.folder, "go") };
  await project.pushAll(
    "q",
    ids.map((id) => ({ job: "waiting", data, id, retries: 0 })),
  );
}

describe.each(COMBINATIONS)("the record of a job, $store in $mode mode,", ({ store, mode }) => {
  async function projectWithJobs(options: object = {}): Promise<Project> {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode, prefetch: 10, retries: 0, ...options } });
    project.job("jobs", JOBS);
    return project;
  }

  const worker = expect.stringMatching(new RegExp(`^${hostname()}:\\d+$`));

  test("says that a run lost its master, and nothing of jobs that had only waited behind it", async () => {
    const project = await projectWithJobs();
    const service = await project.start();
    await pushWaiting(project, "first", "second");
    const start = await until("one runs", () => project.steps("start")[0]);
    const [master] = await service.processes("master");
    process.kill(master?.pid ?? 0, "SIGKILL");
    await until("it runs again", () => project.steps("start").length === 2);
    expect(await attemptsOf(project, "first")).toMatchObject([
      { outcome: "lease-lost", startedAt: AT, seconds: null, worker: `${hostname()}:${start.pid}` },
    ]);
    expect(await attemptsOf(project, "second")).toEqual([]);
    project.write("go", "");
    await until("both are done", async () => (await project.counts("q")).done === 2);
    expect(await service.stop()).toBe(0);
  });

  test("says that a run lost its whole service, once that is started again", async () => {
    const project = await projectWithJobs();
    const first = await project.start();
    await pushWaiting(project, "first", "second");
    await until("one runs", () => project.steps("start").length === 1);
    first.child.kill("SIGKILL");
    await first.child.exited;
    const second = await project.start();
    await until("it runs again", () => project.steps("start").length === 2);
    expect(await attemptsOf(project, "first")).toMatchObject([
      { outcome: "lease-lost", startedAt: AT, seconds: null, worker },
    ]);
    expect(await attemptsOf(project, "second")).toEqual([]);
    project.write("go", "");
    await until("both are done", async () => (await project.counts("q")).done === 2);
    expect(await second.stop()).toBe(0);
  });

  test("says that a host was lost which had it in its hands, also to the failure callback, and uses no retry for that", async () => {
    const project = await projectWithJobs({ retries: 1, retryDelay: 0 });
    const driver = await project.store();
    await project.pushAll("q", [{ job: "Broken", id: "a", retries: 1, retryDelay: 0 }]);
    await driver.exchange("q", { owner: "elsewhere", worker: "1" }, { settle: [], take: 1, leaseMs: 1 });
    const service = await project.start();
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    const [lost, ...others] = await attemptsOf(project, "a");
    const error = { name: "LeaseLost", message: expect.stringContaining("its host died"), stack: null };
    expect(lost).toEqual({ outcome: "lease-lost", error, startedAt: null, seconds: null, worker: null });
    expect(others.map(({ outcome }) => outcome)).toEqual(["error", "error"]);
    expect(project.steps("failed")).toMatchObject([{ outcomes: ["lease-lost", "error", "error"] }]);
    await service.stop();
  });

  test("says why it fails when it was lost too often", async () => {
    const project = await projectWithJobs();
    const driver = await project.store();
    await project.pushAll("q", [{ job: "Broken", id: "a" }]);
    for (let times = 0; times <= MAX_INTERRUPTIONS; times++) {
      await driver.exchange("q", { owner: "elsewhere" }, { settle: [], take: 1, leaseMs: 60_000 });
      await driver.recover("q", { owner: "elsewhere" }, { as: "interrupted" });
    }
    const service = await project.start();
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    const attempts = await attemptsOf(project, "a");
    expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(MAX_INTERRUPTIONS + 1).fill("lease-lost"));
    expect(attempts.at(-1)?.error.message).toContain("the job is taken for the cause");
    expect(project.steps("failed")).toHaveLength(1);
    await service.stop();
  });

  test("says that a run was given back because it did not end in time", async () => {
    const project = await projectWithJobs({ stopTimeout: 0.05 });
    const service = await project.start();
    await pushWaiting(project, "first", "second");
    await until("one runs", () => project.steps("start").length === 1);
    expect(await service.stop()).toBe(0);
    const [attempt, ...more] = await attemptsOf(project, "first");
    expect(more).toEqual([]);
    expect(attempt).toMatchObject({ outcome: "released", startedAt: AT, worker });
    expect(attempt?.seconds).toBeGreaterThanOrEqual(0.05);
    expect(await attemptsOf(project, "second")).toEqual([]);
  });

  test("says that a run was given back because its service was killed", async () => {
    const project = await projectWithJobs();
    const service = await project.start();
    await pushWaiting(project, "first", "second");
    await until("one runs", () => project.steps("start").length === 1);
    expect((await project.run("worker:stop", "--force")).code).toBe(0);
    await service.child.exited;
    expect(await attemptsOf(project, "first")).toMatchObject([
      { outcome: "released", startedAt: AT, seconds: null, worker },
    ]);
    expect(await attemptsOf(project, "second")).toEqual([]);
  });
});
