import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { closeSync, fstatSync, openSync, readFileSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { LOG_FILES, entriesIn, logged, printed } from "../support/log.ts";
import type { Project } from "../support/project.ts";
import { Stores } from "../support/stores.ts";
import { OnTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const JOBS = `export function says(data) { console.log(data.text); }
export function fails() { throw new Error("the first line\\nthe second"); }
export function much(data) { for (let line = 0; line < data.lines; line++) console.log("x".repeat(79)); }
`;

async function projectWith(log: object): Promise<Project> {
  const project = await stores.project("sqlite");
  project.configure({ q: { workers: 1, retries: 0 } }, { log });
  project.job("jobs", JOBS);
  return project;
}

async function fail(project: Project): Promise<void> {
  await project.pushAll("q", [{ job: "fails" }]);
  await until("it is failed", async () => (await project.counts("q")).failed === 1);
}

async function say(project: Project, text: string): Promise<void> {
  await project.pushAll("q", [{ job: "says", data: { text } }]);
  await until("it is done", async () => (await project.counts("q")).ready === 0);
}

/** The log files of a project, with their sizes. */
function files(project: Project): Record<string, number> {
  const folder = join(project.folder, "logs");
  return Object.fromEntries(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).size]));
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe("the log", () => {
  test("in a pipe has the time, the level and the words, and further lines set in", async () => {
    const project = await projectWith({});
    const service = await project.start();
    await fail(project);
    await service.stop();
    const lines = (await service.output()).trimEnd().split("\n");
    const [time, ...words] = lines.find((line) => line.includes("queue on"))?.split(" ") ?? [];
    expect(time).toMatch(TIME);
    expect(words.join(" ")).toStartWith("info  mpq is up: 1 queue on sqlite:");
    const failed = lines.findIndex((line) => line.endsWith("failed (error): the first line"));
    expect(lines[failed]).toContain(" warn  q: job ");
    expect(lines[failed + 1]).toBe("    the second; its failure callback runs");
    expect(readdirSync(project.folder)).not.toContain("logs");
  });

  test("as JSON is an object a line, with the fields of the event as they are", async () => {
    const project = await projectWith({ format: "json" });
    const service = await project.start();
    await fail(project);
    await service.stop();
    const entries = entriesIn(await service.output());
    for (const { time, level, service: name, message, event } of entries) {
      expect([time, level]).toEqual([expect.stringMatching(TIME), expect.stringMatching(/^(debug|info|warn|error)$/)]);
      expect([typeof name, typeof message, typeof event]).toEqual(["string", "string", "string"]);
    }
    expect(entries.find(({ event }) => event === "job.failed")).toEqual({
      time: expect.any(String) as string,
      level: "error",
      service: "mpq",
      event: "job.failed",
      message: expect.stringContaining("is kept as failed: the first line\nthe second") as string,
      queue: "q",
      job: expect.any(String) as string,
      error: expect.objectContaining({ name: "Error", message: "the first line\nthe second" }) as object,
    });
  });

  test.each([
    ["info", true, true],
    ["warn", false, true],
    ["error", false, false],
  ] as const)("of level %s has what is at least that, of all processes", async (level, info, warn) => {
    const project = await projectWith({ level });
    const service = await project.start();
    await say(project, "said by a job");
    await fail(project);
    await service.stop();
    const output = await service.output();
    expect(output.includes("said by a job")).toBe(info);
    expect(output.includes("mpq is up")).toBe(info);
    expect(output.includes("its failure callback runs")).toBe(warn);
    expect(output).toContain("is kept as failed");
  });

  test.each(["debug", "info"])(
    "of level %s tells of processes that come and go only when it is debug",
    async (level) => {
      const project = await projectWith({ level, format: "json" });
      const service = await project.start();
      const [before] = await service.processes("worker");
      expect((await project.run("worker:reload")).code).toBe(0);
      const [after] = await service.processes("worker");
      const [master] = await service.processes("master");
      await service.stop();
      const told = entriesIn(await service.output()).filter((entry) => entry.level === "debug");
      const of = (event: string): unknown[] => told.filter((one) => one.event === event).map(({ pid }) => pid);
      const isDebug = level === "debug";
      expect(of("master.started")).toEqual(isDebug ? [master?.pid] : []);
      expect(of("worker.ready")).toEqual(isDebug ? [before?.pid, after?.pid] : []);
      expect(of("worker.left")).toEqual(isDebug ? [before?.pid, after?.pid] : []);
    },
  );

  test("on a terminal is consola's", async () => {
    const project = await projectWith({});
    const terminal = new OnTerminal(project, "worker:start");
    await terminal.sees("ℹ mpq is up: 1 queue on sqlite:");
    terminal.type("\u0003");
    expect(await terminal.end()).toBe(0);
    expect(terminal.screen).not.toMatch(/\d{4}-\d\d-\d\dT/);
  });

  test("for systemd's journal has a priority before each line, and neither time nor colour", async () => {
    const project = await projectWith({});
    project.job(
      "broken",
      `export function strays() { setTimeout(() => { throw new Error("one\\ntwo"); }, 1); return Bun.sleep(5_000); }`,
    );
    const file = join(project.folder, "journal");
    const journal = openSync(file, "a");
    const { dev, ino } = fstatSync(journal);
    const manage = await project.startInto(journal, { JOURNAL_STREAM: `${dev}:${ino}`, FORCE_COLOR: "1" });
    await say(project, "<0>an alarm");
    await project.pushAll("q", [{ job: "strays" }]);
    await until("the stray error is logged", () => readFileSync(file, "utf8").includes("threw where nobody awaits it"));
    manage.kill("SIGTERM");
    await manage.exited;
    closeSync(journal);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    for (const line of lines) expect(line).toMatch(/^<[346]>( {4}|q: |mpq )/);
    expect(lines.find((line) => line.includes("an alarm"))).toMatch(/^<6>q: worker \d+, job \S+ \| <0>an alarm$/);
    const stray = lines.findIndex((line) => line.endsWith("threw where nobody awaits it: Error: one"));
    expect(lines.slice(stray, stray + 3)).toEqual([
      expect.stringMatching(/^<3>q: code in worker/) as string,
      "<3>    two",
      expect.stringMatching(/^<3> {8}at /) as string,
    ]);
  });

  test("takes no notice of JOURNAL_STREAM when stderr is something else", async () => {
    const project = await projectWith({});
    const file = join(project.folder, "elsewhere");
    const stderr = openSync(file, "a");
    const { dev, ino } = fstatSync(stderr);
    const manage = await project.startInto(stderr, { JOURNAL_STREAM: `${dev}:${ino + 1}` });
    manage.kill("SIGTERM");
    await manage.exited;
    closeSync(stderr);
    expect(readFileSync(file, "utf8")).toMatch(/^\d{4}-/);
  });
});

describe("log files", () => {
  test("have what stderr has, for this user alone, in the folder that log.path names", async () => {
    const project = await projectWith({ path: "./logs" });
    const service = await project.start();
    await say(project, "said by a job");
    await service.stop();
    const folder = join(project.folder, "logs");
    expect(readFileSync(join(folder, "mpq.log"), "utf8")).toBe(await service.output());
    expect([statSync(folder).mode & 0o777, statSync(join(folder, "mpq.log")).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  test("are begun anew when they are full, and so many old ones are kept", async () => {
    const project = await projectWith({ path: "./logs", maxSize: 0.1, maxFiles: 2 });
    const service = await project.start();
    await project.pushAll("q", [{ job: "much", data: { lines: 10_000 } }]);
    await until("it is done", async () => (await project.counts("q")).done === 1);
    await service.stop();
    const sizes = files(project);
    expect(Object.keys(sizes).sort()).toEqual(["mpq.log", "mpq.log.1", "mpq.log.2"]);
    for (const size of Object.values(sizes)) expect(size).toBeLessThan(0.1 * 1024 ** 2 + 128 * 1024);
    // What was said last may have filled the file.
    const newest = ["mpq.log.1", "mpq.log"].map((name) => readFileSync(join(project.folder, "logs", name), "utf8"));
    expect(newest.join("")).toContain("mpq has stopped");
    const again = await project.start();
    await again.stop();
    expect(Object.keys(files(project)).length).toBe(3);
  });

  test("are left to others with maxFiles: 0, and opened anew on SIGUSR2", async () => {
    const project = await projectWith({ ...LOG_FILES, maxFiles: 0, maxSize: 0.001 });
    const service = await project.start();
    await project.pushAll("q", [{ job: "much", data: { lines: 1_000 } }]);
    await until("all is logged", () => printed(project).length === 1_000);
    expect(Object.keys(files(project))).toEqual(["mpq.log"]);
    const [file, moved] = ["mpq.log", "moved"].map((name) => join(project.folder, "logs", name)) as [string, string];
    renameSync(file, moved);
    // As a tool does that signals every process of a service.
    for (const { pid } of (await service.status()).processes) process.kill(pid, "SIGUSR2");
    await until("there is a new file", () => readdirSync(join(project.folder, "logs")).includes("mpq.log"));
    const size = statSync(moved).size;
    await say(project, "after the move");
    await until("it is logged", () => printed(project).length === 1);
    expect(statSync(moved).size).toBe(size);
    expect(logged(project).map(({ event }) => event)).toEqual(["worker.output"]);
    expect(await service.stop()).toBe(0);
  });

  test("that cannot be written keep the service from starting, with the reason", async () => {
    const project = await projectWith({ path: "/proc/nowhere" });
    const { code, stderr } = await project.run("worker:start");
    expect(code).toBe(1);
    expect(stderr).toContain("log.path /proc/nowhere cannot be written");
  });

  test("of a service in the background are in ./logs, and nothing else grows", async () => {
    const project = await projectWith({ maxSize: 0.05, maxFiles: 1 });
    const { code, stdout } = await project.run("worker:start", "-d");
    expect(code).toBe(0);
    expect(stdout).toContain(`log in ${join(project.folder, "logs")}`);
    await project.pushAll("q", [{ job: "much", data: { lines: 5_000 } }]);
    await until("it is done", async () => (await project.counts("q")).done === 1);
    expect((await project.run("worker:stop")).code).toBe(0);
    const sizes = files(project);
    expect(Object.keys(sizes).sort()).toEqual(["mpq.log", "mpq.log.1", "mpq.out"]);
    expect(sizes["mpq.out"]).toBeLessThan(1_000);
    expect(readFileSync(join(project.folder, "logs", "mpq.log"), "utf8")).toContain("mpq has stopped");
  });

  test("are written again after a time in which they could not be, and say so", async () => {
    const project = await projectWith({ path: "./logs", format: "json", maxSize: 0.01, maxFiles: 1 });
    const service = await project.start();
    const folder = join(project.folder, "logs");
    // The next rotation finds a folder where the old file is to go.
    await Bun.write(join(folder, "mpq.log.1", "in the way"), "");
    await project.pushAll("q", [{ job: "much", data: { lines: 1_000 } }]);
    await until("the file is seen to be in the way", () => service.written.includes('"event":"log.failed"'));
    await Bun.$`rm -r ${join(folder, "mpq.log.1")}`.quiet();
    // The next lines find that it works again.
    await project.pushAll("q", [{ job: "much", data: { lines: 1 } }]);
    // What was lost is told in whichever file is the newest, and one may be renamed before it is read.
    const told = async (): Promise<boolean> =>
      (await Bun.$`grep -rl '"event":"log.lost"' ${folder}`.quiet().nothrow()).stdout.length > 0;
    await until("what was lost is told in a file", told);
    await service.stop();
  });
});

describe("log.driver", () => {
  const withDriver = async (log: string): Promise<Project> => {
    const project = await stores.project("sqlite");
    project.job("jobs", JOBS);
    project.write(
      "mpq.config.ts",
      `import { appendFileSync } from "node:fs";
      import { defineConfig, type LogDriver } from "multi-process-queue";
      const driver: LogDriver = { ${log} };
      export default defineConfig({ runDir: "./run", log: { driver }, queues: { q: { workers: 1, retries: 0 } } });`,
    );
    return project;
  };

  test("gets every entry in place of files and console", async () => {
    const project = await withDriver(
      `log({ type, level, date, tag, args, event }, { options }) {
        appendFileSync("records", JSON.stringify({ type, level, date, tag, args, event, options: typeof options }) + "\\n");
      }`,
    );
    const service = await project.start();
    await say(project, "said \u001b[1mby a job");
    await fail(project);
    await service.stop();
    expect(await service.output()).toBe("");
    const records = entriesIn(readFileSync(join(project.folder, "records"), "utf8"));
    expect(records.find(({ event }) => (event as unknown as { event: string }).event === "worker.output")).toEqual({
      type: "info",
      level: 3,
      date: expect.stringMatching(TIME) as string,
      tag: "",
      args: [expect.stringMatching(/^q: worker \d+, job \S+ \| said \\x1b\[1mby a job$/)],
      event: expect.objectContaining({ queue: "q", stream: "stdout", message: "said \u001b[1mby a job" }) as object,
      options: "object",
    } as never);
    expect(records.map((record) => [record["type"], record.level])).toContainEqual(["error", 0]);
    expect(readdirSync(project.folder)).not.toContain("logs");
  });

  test.each(["log() { throw new Error('no room'); }", "async log() { throw new Error('no room'); }"])(
    "that fails ends nothing, and is told on stderr once: %s",
    async (log) => {
      const project = await withDriver(log);
      const service = await project.start();
      await say(project, "unheard");
      await fail(project);
      expect(await service.stop()).toBe(0);
      const told = (await service.output()).trimEnd().split("\n");
      expect(told).toEqual([expect.stringMatching(/error the log cannot be written: no room; trying again$/)]);
    },
  );
});

describe("a manage process that breaks", () => {
  test("logs why, and ends with all others", async () => {
    const project = await stores.project("sqlite");
    project.write(
      "mpq.config.ts",
      `if (process.env.BREAKS && !process.argv0.startsWith("mpq: ")) setTimeout(() => { throw new Error("its own end"); }, 2_000);
      export default { runDir: "./run", log: ${JSON.stringify(LOG_FILES)}, queues: { q: { workers: 1 } } };`,
    );
    const service = await project.start({ BREAKS: "1" });
    const { processes } = await service.status();
    expect(await service.child.exited).toBe(1);
    const crash = logged(project).find(({ event }) => event === "service.crashed");
    expect(crash).toMatchObject({ level: "error", name: "mpq", error: { message: "its own end" } });
    for (const { pid } of processes) await until(`process ${pid} is gone`, () => !isAlive(pid));
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
