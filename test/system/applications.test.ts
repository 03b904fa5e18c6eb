import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { Application, nodeHasSqlite } from "../support/application.ts";
import type { Project } from "../support/project.ts";
import { Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const JOBS = `import { Job } from "multi-process-queue";
export class SendMail extends Job {
  static override retries = 4;
  handle() { note("mail", this, { to: this.data.to }); }
}
export function digest(data, job) { note("digest", job, data); }
export class Reports { static build(data, job) { note("report", job, data); } }
`;

const SCRIPT = `import { Job, Queue } from "multi-process-queue";
class SendMail extends Job { handle() {} }
function digest() {}
class Reports { static build() {} }
const ids = [
  await Queue.push("mail", SendMail, { to: "a" }),
  await Queue.push("mail", new SendMail({ to: "b" }), 0.01),
  await Queue.push("mail", "SendMail", { to: "c" }, { delay: 0.01, retries: 0 }),
  await Queue.push("mail", digest, { day: 1 }),
  await Queue.push("mail", [Reports, "build"], { n: 1 }),
  ...(await Queue.pushMany("mail", [{ job: SendMail, data: { to: "d" } }, { job: "Reports.build", data: { n: 2 } }])),
];
await Queue.close();
console.log(ids.length);
`;

/** A service with the binary and the project's own files alone. */
async function serve(project: Project): Promise<Awaited<ReturnType<Project["start"]>>> {
  project.configure({ mail: { workers: 2 } });
  project.job("all", JOBS);
  return await project.start();
}

async function expectAllDone(project: Project): Promise<void> {
  await until("all jobs are done", async () => (await project.counts("mail")).done === 7);
  expect(new Set(project.steps("mail").map((line) => line["to"]))).toEqual(new Set(["a", "b", "c", "d"]));
  expect(project.steps("digest")).toMatchObject([{ day: 1 }]);
  expect(new Set(project.steps("report").map((line) => line["n"]))).toEqual(new Set([1, 2]));
}

describe("an application with the npm package", () => {
  test.each(["sqlite", "redis"] as const)("pushes every kind of job from Bun to a service on %s", async (store) => {
    const project = await stores.project(store);
    const service = await serve(project);
    const { code, stdout, stderr } = await new Application(project).run("bun", SCRIPT);
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: "7", stderr: "" });
    await expectAllDone(project);
    expect(await service.stop()).toBe(0);
  });

  test("pushes every kind of job from Node to a service on Redis", async () => {
    const project = await stores.project("redis");
    const service = await serve(project);
    const { code, stdout, stderr } = await new Application(project).run("node", SCRIPT);
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: "7", stderr: "" });
    await expectAllDone(project);
    await service.stop();
  });

  test("pushes from a Node that has SQLite to a service on SQLite, and is told what to do on one that has not", async () => {
    const project = await stores.project("sqlite");
    const service = await serve(project);
    const { code, stderr } = await new Application(project).run("node", SCRIPT);
    if (nodeHasSqlite()) {
      expect(code).toBe(0);
      await expectAllDone(project);
    } else {
      expect(code).toBe(1);
      expect(stderr).toContain("RUNTIME_UNSUPPORTED");
      expect(stderr).toMatch(/Node 22\.\d+ or later/);
    }
    await service.stop();
  });

  test("is refused data that JSON cannot carry, with the path to it, and nothing is pushed", async () => {
    const project = await stores.project("sqlite");
    const script = `import { Queue } from "multi-process-queue";
      try { await Queue.push("mail", "SendMail", { list: [1, { at: 10n }] }); } catch (error) { console.log(error.code, error.message); }
      await Queue.close();`;
    const { stdout } = await new Application(project).run("bun", script);
    expect(stdout).toStartWith("DATA_NOT_JSON");
    expect(stdout).toContain("data.list[1].at");
    expect((await project.counts("mail")).pushed).toBe(0);
  });
});
