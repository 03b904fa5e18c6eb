import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

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

  test.each([
    ["the service's", "onWorkerStart, queues: { q: {} }"],
    ["a queue's", "queues: { p: {}, q: { onWorkerStart } }"],
    ["a queue's in grab mode", `queues: { p: {}, q: { mode: "grab", onWorkerStart } }`],
  ])("an onWorkerStart that throws stops the start with a clear error: %s", async (_, options) => {
    const project = await stores.project("sqlite");
    const boot = `async function onWorkerStart() { throw new Error("cannot boot"); }`;
    project.write("mpq.config.ts", `${boot}\nexport default { runDir: "./run", ${options} };`);
    const { code, stderr } = await project.run("worker:start");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^queue "q" cannot start: Error: cannot boot\n +at onWorkerStart .*mpq\.config\.ts:1:/m);
  });

  test("finds jobs in the files that jobs names, relative to the configuration, and loads no others", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } }, { jobs: ["./tasks/**/*.mjs", "./more/one.js"] });
    for (const name of ["tasks/deep/a.mjs", "more/one.js"]) {
      project.write(name, `export function ${name.startsWith("more") ? "one" : "a"}() { console.log("${name} ran"); }`);
    }
    project.job("other", `throw new Error("not to be loaded");`);
    const service = await project.start();
    await project.pushAll("q", [{ job: "a" }, { job: "one" }]);
    await until("both are done", async () => (await project.counts("q")).done === 2);
    expect(await service.stop()).toBe(0);
    expect(await service.printed()).toEqual(["tasks/deep/a.mjs ran", "more/one.js ran"]);
  });

  test("makes its run directory for this user alone, where the configuration, systemd or the session says", async () => {
    const project = await stores.project("sqlite");
    project.job("noop", "export function noop() {}");
    const at = (name: string): string => join(project.folder, name);
    const places = [
      [{ runDir: "./a/b" }, { RUNTIME_DIRECTORY: at("no"), XDG_RUNTIME_DIR: at("no") }, at("a/b")],
      [{}, { RUNTIME_DIRECTORY: at("systemd"), XDG_RUNTIME_DIR: at("no") }, at("systemd")],
      [{}, { XDG_RUNTIME_DIR: at("session") }, at("session/mpq")],
    ] as const;
    for (const [options, env, folder] of places) {
      project.write("mpq.config.json", JSON.stringify({ ...options, queues: { q: { workers: 1 } } }));
      const service = project.launch(env);
      await until("it is up", () => service.written.includes("mpq is up"));
      expect(readdirSync(join(folder, "mpq"))).toContain("control.sock");
      for (const one of [folder, join(folder, "mpq")]) expect(statSync(one).mode & 0o777).toBe(0o700);
      expect(JSON.parse(readFileSync(join(folder, "mpq", "pid"), "utf8"))).toMatchObject({ pid: service.child.pid });
      expect(await service.stop()).toBe(0);
    }
    expect(existsSync(at("no"))).toBe(false);
  });

  test("takes no notice of a stale pid file: of one that a dead process left, or of one whose pid was given again", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("noop", "export function noop() {}");
    await (await project.start()).stop();
    writeFileSync(join(project.folder, "run", "mpq", "pid"), JSON.stringify({ pid: process.pid, processStart: "1" }));
    const service = await project.start();
    expect(await service.stop()).toBe(0);
  });

  test("gives back the memory that only the start of each process needed, and works on", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("noop", "export function noop() {}");
    const service = await project.start();
    const { processes } = await service.status();
    expect(processes.map(({ role }) => role).sort()).toEqual(["manage", "master", "worker"]);
    const before = new Map(processes.map(({ pid }) => [pid, fileMemory(pid)]));
    await Promise.all([...before].map(([pid, bytes]) => until(`${pid} has less`, () => fileMemory(pid) < 0.6 * bytes)));
    await project.pushAll("q", [{ job: "noop" }]);
    await until("it is done", async () => (await project.counts("q")).done === 1);
    expect(await service.stop()).toBe(0);
  });
});

/** Bytes of files that a process has mapped and in memory, first of all of the program itself. */
function fileMemory(pid: number): number {
  return 1024 * Number(/^RssFile:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}
