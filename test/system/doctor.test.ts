import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { configure } from "../../src/client/configure.ts";
import { Queue } from "../../src/client/queue.ts";
import type { Finding } from "../../src/driver/driver.ts";
import { driverFromUrl } from "../../src/driver/open.ts";
import { BINARY } from "../support/binary.ts";
import { Project } from "../support/project.ts";
import { code as words, page, table } from "../support/markdown.ts";
import { startRedis } from "../support/redis.ts";
import { Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

type Findings = Readonly<Record<string, Finding>>;

/** What the doctor finds, by what it looked at, and its exit code. */
async function examine(project: Project, env: Record<string, string> = {}): Promise<{ code: number; found: Findings }> {
  const { code, stdout } = await project.run({ ...project.env, ...env }, "doctor", "--json");
  const findings = JSON.parse(stdout) as Finding[];
  return { code, found: Object.fromEntries(findings.map((finding) => [finding.check, finding])) };
}

async function healthy(store: "sqlite" | "redis" = "sqlite"): Promise<Project> {
  const project = await stores.project(store);
  project.configure({ mail: { workers: 2 }, video: { workers: 1 } });
  project.write("jobs/mail.ts", "export const send = () => {}; export const digest = () => {};");
  return project;
}

const says = (text: string): unknown => expect.stringContaining(text);

describe("a project that is well", () => {
  test("is told so, a line for each thing that was looked at", async () => {
    const project = await healthy();
    const { code, stdout, stderr } = await project.run("doctor");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => /^ok {4}(\S+(?: \S+)*) {2,}\S/.exec(line)?.[1])).toEqual([
      "mpq",
      "configuration",
      "jobs",
      "store",
      "server",
      "file log",
      "file system",
      "disk",
      "file mode",
      "service",
      "secret",
      "runDir",
      "open files",
      "machine code",
    ]);
    expect(stdout).toContain(`${project.folder}/mpq.config.ts: service "mpq" with 2 queues: mail, video`);
    expect(stdout).toContain("2 jobs: digest, send");
  });

  test("gets the same as JSON, with exactly the documented fields", async () => {
    const project = await healthy();
    const { stdout } = await project.run("doctor", "--json");
    const findings = JSON.parse(stdout) as Finding[];
    expect(findings.length).toBe(14);
    for (const finding of findings) {
      expect(finding).toStrictEqual({ check: expect.any(String), level: "ok", message: expect.any(String) });
    }
  });

  test("is told of its Redis as well", async () => {
    const { code, found } = await examine(await healthy("redis"));
    expect(code).toBe(0);
    expect(found["persistence"]).toMatchObject({ level: "warn", message: says("every job is lost") });
  });

  test("finds on both stores together what docs/commands.md has a row for, and nothing else", async () => {
    const [embedded, redis] = [await examine(await healthy()), await examine(await healthy("redis"))];
    const looked = new Set([...Object.keys(embedded.found), ...Object.keys(redis.found)]);
    const rows = table(page("docs/commands.md"), "Check").flatMap(([checks = ""]) => words(checks));
    expect(rows.toSorted()).toEqual([...looked].toSorted());
  });
});

describe("a configuration", () => {
  test("that is wrong fails with everything that is wrong, and what needs it is not looked at", async () => {
    const project = await stores.project("sqlite");
    project.configure({ mail: { worker_number: 2, timeout: -1 } });
    const { code, found } = await examine(project);
    expect(code).toBe(1);
    expect(found["configuration"]).toMatchObject({ level: "fail", message: says("2 problems") });
    expect(Object.keys(found)).toEqual(["mpq", "configuration", "machine code"]);
    const { stdout } = await project.run("doctor");
    expect(stdout).toMatch(/^fail {2}configuration {2}.*\n {23}queues\.mail\.worker_number/m);
  });

  test("that is not there is a warning", async () => {
    const { code, found } = await examine(await stores.project("sqlite"));
    expect(code).toBe(0);
    expect(found["configuration"]).toMatchObject({ level: "warn", message: says('"mpq init" makes one') });
    expect(found["jobs"]).toMatchObject({ level: "warn", message: says("there are none") });
  });
});

describe("job files", () => {
  test.each([
    ["throw new Error('no database');", "jobs/bad.ts:1 does not load: no database"],
    ["export const send = () => 1;", 'Two jobs are called "send"'],
    ["process.exit(3);", "ended the process that loaded it, with exit code 3"],
    ["process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {});", "by SIGSEGV"],
  ])("that do not load fail, and the doctor goes on: %s", async (code, message) => {
    const project = await healthy();
    project.write("jobs/bad.ts", code);
    const examined = await examine(project);
    expect(examined.code).toBe(1);
    expect(examined.found["jobs"]).toMatchObject({ level: "fail", message: says(message) });
    expect(examined.found["machine code"]).toMatchObject({ level: "ok" });
  });

  test("may print, and hold on to the process", async () => {
    const project = await healthy();
    project.write(
      "jobs/loud.ts",
      "console.log('loud'); process.send?.('loud'); setInterval(() => {}, 1000); export const loud = () => {};",
    );
    const { code, stdout, stderr } = await project.run("doctor", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "loud\n" });
    expect(JSON.parse(stdout)).toContainEqual({ check: "jobs", level: "ok", message: "3 jobs: digest, loud, send" });
  });
});

describe("a store", () => {
  test("that cannot be reached fails", async () => {
    const { code, found } = await examine(await healthy(), { MPQ_DRIVER_URL: "redis://127.0.0.1:1" });
    expect(code).toBe(1);
    expect(found["store"]).toMatchObject({ level: "fail", message: says("redis://127.0.0.1:1") });
    expect(found["service"]).toMatchObject({ level: "ok" });
  });

  test("that drops any job when it is full fails", async () => {
    const redis = await startRedis({ "maxmemory-policy": "allkeys-lru" });
    try {
      const { code, found } = await examine(await healthy(), { MPQ_DRIVER_URL: redis.url });
      expect(code).toBe(1);
      expect(found["store"]).toMatchObject({ level: "fail", message: says("maxmemory-policy is allkeys-lru") });
    } finally {
      await redis.stop();
    }
  });
});

describe("the service", () => {
  test("that runs here is told with its pid; one with another runDir could not start beside it", async () => {
    const project = await healthy();
    const service = await project.start();
    const { code, found } = await examine(project);
    expect(code).toBe(0);
    expect(found["service"]).toMatchObject({
      level: "ok",
      message: says(`"mpq" runs here: pid ${service.child.pid},`),
    });
    project.configure({ mail: {} }, { runDir: "./other" });
    const other = await examine(project);
    expect(other.code).toBe(1);
    const finding = other.found["service"];
    expect(finding?.level).toBe("fail");
    expect(finding?.message).toContain(`runs as pid ${service.child.pid} on`);
    expect(finding?.message).toContain(`but not in ${project.folder}/other`);
  });

  test("that was killed is known to be dead", async () => {
    const project = await healthy();
    const service = await project.start();
    service.child.kill("SIGKILL");
    await service.child.exited;
    const { code, found } = await examine(project);
    expect(code).toBe(0);
    expect(found["service"]).toMatchObject({ level: "ok", message: says("the last one was killed") });
  });

  test("that another host runs on the same store fails", async () => {
    const project = await healthy("redis");
    const holder = { incarnation: "i", host: "elsewhere", pid: 12, machine: "other", processStart: "1" };
    await (await project.store()).claimService("mpq", holder, 60_000);
    const { code, found } = await examine(project);
    expect(code).toBe(1);
    expect(found["service"]).toMatchObject({
      level: "fail",
      message: says("runs as pid 12 on elsewhere, on the same"),
    });
  });
});

describe("runDir", () => {
  async function withRunDir(runDir: string, name = "mpq"): Promise<{ code: number; found: Findings }> {
    const project = await healthy();
    project.configure({ mail: {} }, { runDir, name });
    if (runDir === "./open") {
      mkdirSync(join(project.folder, "open"));
      chmodSync(join(project.folder, "open"), 0o777);
    }
    if (runDir === "./foreign") {
      mkdirSync(join(project.folder, "foreign/mpq"), { recursive: true });
      chownSync(join(project.folder, "foreign/mpq"), 12_345, 12_345);
    }
    return await examine(project);
  }

  test("that is not there yet will be made", async () => {
    const { found } = await withRunDir("./new/folder");
    expect(found["runDir"]).toMatchObject({ level: "ok", message: expect.stringMatching(/new\/folder\/mpq, made at/) });
  });

  // Only root can give a folder away; for everybody else there are folders of root's.
  const foreign = process.getuid?.() === 0 ? (["./foreign", "mpq"] as const) : (["/", "usr"] as const);

  test("that others can write is a warning", async () => {
    const { code, found } = await withRunDir("./open");
    expect(code).toBe(0);
    expect(found["runDir"]).toMatchObject({ level: "warn", message: says("others can write") });
  });

  test.each([
    ["./mpq.config.ts", "mpq", /mpq\.config\.ts is no folder/],
    [`./${"long".repeat(30)}`, "mpq", /longer than the 107 bytes/],
    [...foreign, /belongs to user|cannot write/],
  ])("fails when it is %s (of %s)", async (runDir, name, message) => {
    const { code, found } = await withRunDir(runDir, name);
    expect(code).toBe(1);
    expect(found["runDir"]).toMatchObject({ level: "fail", message: expect.stringMatching(message) });
  });
});

describe("the host", () => {
  test.each([
    [100, 3, "warn", 0],
    [100, 30, "fail", 1],
  ])("with %d open files and %d workers: %s", async (limit, workers, level, code) => {
    const project = await healthy();
    project.configure({ mail: { workers } });
    const command = ["sh", "-c", `ulimit -n ${limit}; exec ${BINARY} doctor --json`];
    const child = Bun.spawn(command, { cwd: project.folder, env: project.env });
    expect(JSON.parse(await child.stdout.text())).toContainEqual({
      check: "open files",
      level,
      message: says(`a process may have ${limit} files open`),
    });
    expect(await child.exited).toBe(code);
  });

  test("that keeps JavaScript from being compiled raises a warning", async () => {
    const { code, found } = await examine(await healthy(), { BUN_JSC_useJIT: "0" });
    expect(code).toBe(0);
    expect(found["machine code"]).toMatchObject({ level: "warn", message: says("MemoryDenyWriteExecute") });
  });
});

describe("the secret", () => {
  const [ours, others] = ["a secret of sixteen or more", "another secret of sixteen"];

  async function withFunction(): Promise<Project> {
    const project = await healthy("redis");
    configure({ driver: driverFromUrl(project.url), secret: ours });
    await Queue.push("mail", () => "code", 60);
    await Queue.close();
    await until("it is there", async () => (await project.counts("mail")).delayed === 1);
    return project;
  }

  test("is needed where functions are pushed, and the right one", async () => {
    const project = await withFunction();
    const [without, wrong, right] = [{}, { MPQ_SECRET: others }, { MPQ_SECRET: `${others},${ours}` }];
    const absent = await examine(project, without);
    expect(absent.code).toBe(1);
    expect(absent.found["secret"]).toMatchObject({ level: "fail", message: says("there is no secret here") });
    expect((await examine(project, wrong)).found["secret"]).toMatchObject({
      level: "fail",
      message: says("another one"),
    });
    expect((await examine(project, right)).found["secret"]).toMatchObject({ level: "ok", message: "2 given" });
  });

  test("is not needed where none are", async () => {
    const { found } = await examine(await healthy("redis"));
    expect(found["secret"]).toMatchObject({ level: "ok", message: says("none") });
  });

  test("beside an embedded store must be for its owner alone", async () => {
    const project = await healthy();
    project.write("jobs.db.secret", `${ours}\n`);
    chmodSync(join(project.folder, "jobs.db.secret"), 0o644);
    const { code, found } = await examine(project);
    expect(code).toBe(1);
    expect(found["secret"]).toMatchObject({ level: "fail", message: says("0644") });
  });
});
