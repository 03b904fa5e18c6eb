import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { CommandResult, Project } from "../support/project.ts";
import { COMBINATIONS, type Combination, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const JOBS = `export function flaky(data, job) {
  note("run", job);
  if (job.attempt === 1 && data.fails) throw new Error("not yet");
}`;

const AT = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);

function json(result: CommandResult): unknown {
  expect(result).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(result.stdout);
}

async function projectThatKeeps(store: Combination["store"], options: object): Promise<Project> {
  const project = await stores.project(store);
  project.configure({ q: { workers: 1, ...options } });
  project.job("flaky", JOBS);
  return project;
}

async function finish(project: Project, id: string, fails = false): Promise<void> {
  const { done } = await project.counts("q");
  await project.pushAll("q", [{ job: "flaky", data: { fails }, id, retryDelay: 0 }]);
  await until(`${id} is done`, async () => (await project.counts("q")).done === done + 1);
}

describe.each(COMBINATIONS)("jobs that are done, $store in $mode mode,", ({ store, mode }) => {
  test("are kept as far as keepDone says, are shown with what failed before, and are not made again", async () => {
    const project = await projectThatKeeps(store, { mode, keepDone: 2 });
    const service = await project.start();
    await finish(project, "a", true);
    const error = { name: "Error", message: "not yet", stack: expect.any(String) };
    const attempt = { outcome: "error", error, startedAt: AT, seconds: expect.any(Number), worker: expect.any(String) };
    expect(json(await project.run("queue:show", "a", "-q", "q", "--json"))).toMatchObject({
      id: "a",
      state: "done",
      doneAt: AT,
      failedAt: null,
      type: null,
      attempts: [attempt],
    });
    expect((await project.run("queue:show", "a", "-q", "q")).stdout).toMatch(/\nState +done\nDone at +\d{4}-/);

    await project.pushAll("q", [{ job: "flaky", id: "a" }]);
    await finish(project, "b");
    await finish(project, "c");
    expect(project.steps("run").map(({ job }) => job)).toEqual(["a", "a", "b", "c"]);
    expect(json(await project.run("queue:done", "-q", "q", "--json"))).toStrictEqual({
      jobs: ["c", "b"].map((id) => ({
        id,
        queue: "q",
        name: "flaky",
        data: { fails: false },
        doneAt: AT,
        attempts: [],
      })),
      next: null,
    });
    expect(await project.run("queue:show", "a", "-q", "q")).toMatchObject({ code: 1 });
    expect(await service.stop()).toBe(0);
  });
});

describe.each(["sqlite", "redis"] as const)("jobs that are done, on %s,", (store) => {
  test("are listed page by page, and deleted by hand", async () => {
    const project = await projectThatKeeps(store, { keepDone: { count: 10, age: 3600, bytes: 100_000 } });
    const service = await project.start();
    for (const id of ["a", "b", "c"]) await finish(project, id);
    const { stdout } = await project.run("queue:done", "--queue", "q", "--limit", "2");
    expect(stdout).toMatch(/^ID +NAME +FAILED RUNS +DONE\nc +flaky +0 +\d+ (ms|s) ago\nb +flaky /);
    const cursor = /--cursor (\S+)/.exec(stdout)?.[1] ?? "";
    expect((await project.run("queue:done", "-q", "q", "--cursor", cursor)).stdout).toContain("\na ");
    expect(await project.run("queue:done", "-q", "q", "--cursor", "non/sense")).toMatchObject({ code: 2 });

    expect(json(await project.run("queue:remove", "b", "-q", "q", "--json"))).toMatchObject({ removed: ["b"] });
    const cleaned = await project.run("queue:clean", "-q", "q", "--yes", "--json");
    expect(JSON.parse(cleaned.stdout)).toEqual([{ queue: "q", deleted: 2, active: 0 }]);
    expect((await project.run("queue:done", "-q", "q")).stdout).toContain("q has no jobs that are done and kept");
    await finish(project, "b");
    await service.stop();
  });

  test("are dropped when they are old, also while nothing happens", async () => {
    const project = await projectThatKeeps(store, { keepDone: { age: 0.5 } });
    const service = await project.start();
    await finish(project, "a");
    expect(await project.counts("q")).toMatchObject({ kept: 1 });
    await until("it is dropped", async () => (await project.counts("q")).kept === 0);
    await service.stop();
  });
});
