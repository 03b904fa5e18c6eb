import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Project } from "../support/project.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const JOBS = `import { existsSync } from "node:fs";
export async function held(data, job) {
  note("held", job);
  await appears(data.flag);
}
export async function blocking(data, job) {
  await Bun.sleep(50);
  note("held", job);
  while (!existsSync(data.flag));
  await appears(data.flag + ".end");
}
export function quick(data, job) { note(job.queue, job); }`;

async function started(project: Project, queue: object): Promise<string> {
  project.configure({ q: queue, other: { workers: 1 } });
  project.job("jobs", JOBS);
  await project.start();
  return join(project.folder, "go");
}

async function says(project: Project, command: string): Promise<void> {
  expect(await project.run(command, "-q", "q")).toMatchObject({ code: 0, stderr: "" });
}

/** As long as another queue needs for a few jobs, one after another: time enough for what must not begin. */
async function aMoment(project: Project): Promise<void> {
  for (let left = 5; left > 0; left--) {
    const before = project.steps("other").length;
    await project.pushAll("other", [{ job: "quick" }]);
    await until("the other queue goes on", () => project.steps("other").length > before);
  }
}

describe.each(COMBINATIONS)("queue:pause, $store in $mode mode:", ({ store, mode }) => {
  test("nothing begins, what runs goes on and what is due waits; queue:resume lets all begin at once", async () => {
    const project = await stores.project(store);
    const flag = await started(project, { workers: 2, mode, prefetch: 0, pollInterval: 3600 });
    await project.pushAll("q", [{ job: "held", data: { flag } }]);
    await until("it runs", () => project.steps("held").length === 1);
    await says(project, "queue:pause");
    await project.pushAll("q", [{ job: "quick" }, { job: "quick" }, { job: "quick", delay: 0.01 }]);
    await project.pushAll("q", [{ job: "quick" }]);
    await until("what was delayed is due", async () => (await project.counts("q")).ready === 4);
    await aMoment(project);
    project.write("go", "");
    await until("what ran is done", async () => (await project.counts("q")).done === 1);
    await aMoment(project);
    expect(project.steps("q")).toEqual([]);
    expect(await project.counts("q")).toMatchObject({ paused: true, ready: 4, active: 0 });
    await says(project, "queue:resume");
    await until("all are done", async () => (await project.counts("q")).done === 5);
  });

  test("a job that is pushed afterwards does not begin either where a worker had asked for one and was blocked then", async () => {
    const project = await stores.project(store);
    const flag = await started(project, { workers: 1, concurrency: 2, mode, prefetch: 0 });
    await project.pushAll("q", [{ job: "blocking", data: { flag } }]);
    await until("it blocks", () => project.steps("held").length === 1);
    await says(project, "queue:pause");
    await project.pushAll("q", [{ job: "quick" }]);
    project.write("go", "");
    await aMoment(project);
    project.write("go.end", "");
    await until("what ran is done", async () => (await project.counts("q")).done === 1);
    await until("the other one waits", async () => (await project.counts("q")).ready === 1);
    expect(project.steps("q")).toEqual([]);
    await says(project, "queue:resume");
    await until("it is done", async () => (await project.counts("q")).done === 2);
  });
});
