import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stores } from "../support/stores.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

describe("worker:start", () => {
  test("reports everything that is wrong with the configuration at once, and ends with 78", async () => {
    const project = await stores.project("sqlite");
    project.write(
      "mpq.config.ts",
      `export default { nam: "x", queues: { mail: { workers: "three", worker_number: 2 } } };`,
    );
    const { code, stderr } = await project.run("worker:start");
    expect(code).toBe(78);
    expect(stderr).toContain("nam");
    expect(stderr).toContain("queues.mail.workers");
    expect(stderr).toContain("worker_number");
    expect(readdirSync(project.folder)).toEqual(["mpq.config.ts"]);
  });

  test("says which store does not answer, without its password, and ends with 69", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: {} });
    const env = { ...project.env, MPQ_DRIVER_URL: "redis://user:secret@127.0.0.1:1/0" };
    const { code, stderr } = await project.run(env, "worker:start");
    expect(code).toBe(69);
    expect(stderr).toContain("127.0.0.1:1");
    expect(stderr).not.toContain("secret");
  });

  test("shows the error of a jobs file that does not load, starts no storm of processes, and ends with 1", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 2 } });
    project.write(
      "jobs/bad.ts",
      `import { appendFileSync } from "node:fs";
      appendFileSync(${JSON.stringify(join(project.folder, "loads"))}, "x");
      throw new Error("no database here");`,
    );
    const { code, stderr } = await project.run("worker:start");
    expect(code).toBe(1);
    expect(stderr).toContain("no database here");
    expect(stderr).toContain("bad.ts");
    expect((await Bun.file(join(project.folder, "loads")).text()).length).toBeLessThanOrEqual(4);
  });

  test("shows the error of a start-up function that throws", async () => {
    const project = await stores.project("sqlite");
    project.write(
      "mpq.config.ts",
      `export default { runDir: "./run", onWorkerStart() { throw new Error("cannot boot"); }, queues: { q: {} } };`,
    );
    const { code, stderr } = await project.run("worker:start");
    expect(code).toBe(1);
    expect(stderr).toContain("cannot boot");
  });

  test("refuses a second service of the same name, naming the first one's pid", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("noop", "export function noop() {}");
    const service = await project.start();
    const { code, stderr } = await project.run("worker:start");
    expect(code).toBe(1);
    expect(stderr).toContain(`pid ${service.child.pid}`);
    await service.stop();
  });

  test("refuses the name of a service that runs elsewhere on the same store", async () => {
    const project = await stores.project("redis");
    const other = await stores.project("sqlite");
    for (const one of [project, other]) {
      one.configure({ q: { workers: 1 } });
      one.job("noop", "export function noop() {}");
    }
    const service = await project.start();
    const { code, stderr } = await other.run(project.env, "worker:start");
    expect(code).toBe(1);
    expect(stderr).toContain(`pid ${service.child.pid}`);
    await service.stop();
  });

  test("takes no notice of a pid file that a dead process left, or of one whose pid was given again", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("noop", "export function noop() {}");
    await (await project.start()).stop();
    writeFileSync(join(project.folder, "run", "mpq", "pid"), JSON.stringify({ pid: process.pid, processStart: "1" }));
    const service = await project.start();
    expect(await service.stop()).toBe(0);
  });
});
