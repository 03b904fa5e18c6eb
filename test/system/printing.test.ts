import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ownMemory } from "../../src/process/memory.ts";
import { LOG_FILES, logged, printed } from "../support/log.ts";
import type { Project } from "../support/project.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const PRINTERS = `import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
export function log(data, job) { console.log("id " + job.id); }
export function error(data, job) { console.error("id " + job.id); }
export function stream(data, job) { process.stdout.write("id " + job.id); }
export async function twice(data, job) { console.log("id " + job.id); await Bun.sleep(2); console.log("id " + job.id); }
export function much(data, job) { process.stdout.write(("id " + job.id + "\\n").repeat(20_000)); }
export function silent() {}
export function direct(data, job) { writeSync(1, "id " + job.id + "\\n"); }
export async function native(data, job) {
  spawnSync("sh", ["-c", "echo id " + job.id + "; echo id " + job.id + " >&2"], { stdio: "inherit" });
  await Bun.sleep(50);
}
`;

/** How many lines each of these jobs prints. */
const LINES = { log: 1, error: 1, stream: 1, twice: 2, much: 20_000, silent: 0, direct: 1, native: 2 } as const;
type Printer = keyof typeof LINES;

/** Jobs of all kinds that can be told apart at any speed. */
const QUICK = ["log", "error", "stream", "twice", "silent"] as const;

async function printing(project: Project, jobs: readonly Printer[]): Promise<void> {
  const expected = jobs.reduce((sum, job) => sum + LINES[job], printed(project).length);
  await project.pushAll(
    "q",
    jobs.map((job) => ({ job })),
  );
  await until("everything that was printed is logged", () => printed(project).length >= expected);
}

describe.each(COMBINATIONS)("what jobs print, $store in $mode mode", ({ store, mode }) => {
  test("stands in the log line by line, with the queue, the worker, the job and the stream", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode } }, { log: LOG_FILES });
    project.job("printers", PRINTERS);
    const service = await project.start();
    await printing(project, Array.from({ length: 10 }, () => QUICK).flat());
    await printing(project, ["much", "silent", "log", "much", "error"]);
    for (const job of ["direct", "native"] as const) await printing(project, [job]);
    const workers = (await service.processes("worker")).map(({ pid }) => pid);
    for (const { queue, pid, job, level, service: name, message } of printed(project)) {
      expect({ queue, level, name, message }).toEqual({
        queue: "q",
        level: "info",
        name: "mpq",
        message: `id ${String(job)}`,
      });
      expect(workers).toContain(pid as number);
    }
    const streams = printed(project).map(({ stream }) => stream);
    expect(streams.filter((stream) => stream === "stderr").length).toBe(12);
    await service.stop();
  }, 60_000);
});

describe("what jobs print", () => {
  test("is nobody's in particular while several jobs run in a worker, and before the first one", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1, concurrency: 2 } }, { log: LOG_FILES });
    project.job(
      "pair",
      `console.log("loading");
      let both = Promise.withResolvers(), running = 0;
      export async function pair() { if (++running === 2) both.resolve(); await both.promise; console.log("together"); }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "pair" }, { job: "pair" }]);
    await until("both have printed", () => printed(project).length === 3);
    expect(printed(project).map(({ message }) => message)).toEqual(["loading", "together", "together"]);
    expect(printed(project).map((entry) => "job" in entry)).toEqual([false, false, false]);
    await service.stop();
  });

  test("can neither forge a line of the log nor steer a terminal", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1, retries: 0 } });
    const hostile = [
      "\u001b[2J\u001b]0;owned\u0007",
      "2026-01-01T00:00:00.000Z info  mpq has stopped",
      "<3>an alarm",
      "one\u0000two\u009b31m\u2028three\u202eruof",
      "ended by a carriage return\r",
    ];
    project.job(
      "hostile",
      `import { writeSync } from "node:fs";
      const lines = ${JSON.stringify(hostile)};
      export function hostile() {
        console.log(lines.join("\\n"));
        writeSync(1, new Uint8Array([0xff, 0xc3, 0x28, 0x0a]));
        throw new Error(lines.join("\\n"));
      }`,
    );
    const service = await project.start();
    const [id] = await project.pushAll("q", [{ job: "hostile" }]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    await service.stop();
    const lines = (await service.output()).trimEnd().split("\n");
    // oxlint-disable-next-line no-control-regex
    for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    const printedLines = lines.filter((line) => line.includes(`job ${id} | `)).map((line) => line.split(" | ")[1]);
    expect(printedLines).toEqual([
      "\\x1b[2J\\x1b]0;owned\\x07",
      "2026-01-01T00:00:00.000Z info  mpq has stopped",
      "<3>an alarm",
      "one\\x00two\\x9b31m\\u2028three\\u202eruof",
      "ended by a carriage return",
      "\ufffd\ufffd(",
    ]);
    // The error's message has lines as well: what is not the beginning of an entry is set in.
    const beginnings = lines.filter((line) => !line.startsWith("    "));
    for (const line of beginnings) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z (info |warn |error) (mpq|q)/);
    expect(beginnings.filter((line) => line.endsWith("mpq has stopped")).length).toBe(2);
  });

  test("is cut where a line is longer than 16 384 characters", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } }, { log: LOG_FILES });
    project.job("long", `export function long() { process.stdout.write("x".repeat(3_000_000)); }`);
    const service = await project.start();
    await project.pushAll("q", [{ job: "long" }]);
    await until("the job is done", async () => (await project.counts("q")).done === 1);
    await service.stop();
    expect(printed(project).map(({ message }) => message)).toEqual([
      `${"x".repeat(16_384)}… (${3_000_000 - 16_384} more)`,
    ]);
  });

  test.each([
    ["console.log", "for (let line = 0; line < 1_280_000; line++) console.log(TEXT);"],
    ["process.stdout.write", "process.stdout.write((TEXT + '\\n').repeat(1_280_000));"],
    ["a child", "spawnSync('sh', ['-c', 'yes ' + TEXT + ' | head -n 1280000'], { stdio: 'inherit' });"],
  ])(
    "does not make any process grow when it is 100 MB, and other queues go on: %s",
    async (_way, code) => {
      const project = await stores.project("sqlite");
      const log = { path: "./logs", maxSize: 1, maxFiles: 2 };
      project.configure({ loud: { workers: 1, timeout: 100, memoryLimit: 0 }, calm: { workers: 1 } }, { log });
      project.job(
        "printers",
        `import { spawnSync } from "node:child_process";
        const TEXT = "x".repeat(79);
        export function loud(data, job) { note("begin", job); ${code} }
        export function calm() {}`,
      );
      const stderr = openSync("/dev/null", "w");
      const manage = await project.startInto(stderr);
      const { processes } = JSON.parse((await project.run("worker:status", "--json")).stdout) as {
        processes: { role: string; queue: string | null; pid: number }[];
      };
      const readers = processes.filter((one) => one.role !== "worker").map(({ pid }) => pid);
      await project.pushAll("loud", [{ job: "loud" }]);
      await until("it prints", () => project.steps("begin").length === 1);
      await project.pushAll("calm", [{ job: "calm" }]);
      let most = 0;
      await until(
        "the loud job is done",
        async () => {
          most = Math.max(most, ...readers.map(ownMemory));
          return (await project.counts("loud")).done === 1;
        },
        90_000,
      );
      expect((await project.counts("calm")).done).toBe(1);
      expect(most / 1024 ** 2).toBeLessThan(120);
      manage.kill("SIGTERM");
      expect(await manage.exited).toBe(0);
      closeSync(stderr);
    },
    120_000,
  );

  test("holds no job up for long when nobody reads the log", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job(
      "loud",
      `export function loud() { for (let line = 0; line < 50_000; line++) console.log("x".repeat(79)); }`,
    );
    const pipe = join(project.folder, "nobody reads this");
    await Bun.spawn(["mkfifo", pipe]).exited;
    const stderr = openSync(pipe, constants.O_RDWR);
    const manage = await project.startInto(stderr);
    await project.pushAll("q", [{ job: "loud" }]);
    await until("the job is done", async () => (await project.counts("q")).done === 1, 40_000);
    manage.kill("SIGTERM");
    expect(await manage.exited).toBe(0);
    closeSync(stderr);
  }, 60_000);

  test("is logged to the last line when its worker exits, is killed or is replaced", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1, retries: 0 } }, { log: LOG_FILES });
    project.job(
      "ends",
      `export function exits() { console.error("before it exits"); process.exit(3); }
      export async function killed() { console.log("before it is killed"); process.kill(process.pid, "SIGKILL"); }
      export function much() { process.stdout.write("a line of many\\n".repeat(100_000) + "the last one\\n"); }`,
    );
    const service = await project.start();
    for (const [index, job] of ["exits", "killed", "much"].entries()) {
      await project.pushAll("q", [{ job }]);
      await until("it has ended", async () => {
        const { done, failed } = await project.counts("q");
        return done + failed === index + 1;
      });
    }
    await project.run("worker:reload");
    await service.stop();
    const messages = printed(project).map(({ message }) => message);
    expect(messages.filter((message) => message !== "a line of many")).toEqual([
      "before it exits",
      "before it is killed",
      "the last one",
    ]);
    expect(messages.length).toBe(100_003);
    expect(printed(project).every((entry) => "job" in entry)).toBe(true);
  });

  test("is logged of a master as well: a configuration that prints, and the error that ends it", async () => {
    const project = await stores.project("sqlite");
    project.write(
      "mpq.config.ts",
      `if (process.argv0.startsWith("mpq: ")) console.log("read by " + process.argv0);
      if (process.argv0.startsWith("mpq: master")) setTimeout(() => { throw new Error("the master's own end"); }, 1_000);
      export default { runDir: "./run", log: ${JSON.stringify(LOG_FILES)}, queues: { q: { workers: 1 } } };`,
    );
    const service = await project.start();
    await until("its master died", () => logged(project).some(({ event }) => event === "master.died"));
    const words = logged(project).filter(({ event }) => event === "master.output");
    const messages = words.map(({ message }) => message).join("\n");
    expect(messages).toContain("read by mpq: master [q]");
    expect(messages).toContain("the master's own end");
    await service.stop();
  });

  test("cannot pass for what a worker says to its master", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } }, { log: LOG_FILES });
    project.job(
      "liar",
      `export function liar() { process.send({ say: "event", event: { event: "service.stopped", name: "mpq" } }); console.log("lied"); }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "liar" }]);
    await until("it has printed", () => printed(project).length === 1);
    expect(logged(project).filter(({ event }) => event === "service.stopped")).toEqual([]);
    await service.stop();
  });

  test("leaves pipes to native children that wait where there is no room", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } }, { log: LOG_FILES });
    project.job(
      "native",
      `import { spawnSync } from "node:child_process";
      export function native(data, job) {
        process.stdout.write("its stream is used\\n");
        const { status } = spawnSync("sh", ["-c", "yes 0123456789 | head -n 200000"], { stdio: "inherit" });
        note("ended", job, { status });
      }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "native" }]);
    await until("the child has ended", () => project.steps("ended").length === 1);
    await service.stop();
    expect(project.steps("ended")[0]?.["status"]).toBe(0);
    expect(printed(project).filter(({ message }) => message === "0123456789").length).toBe(200_000);
    expect(readFileSync(join(project.folder, "logs", "mpq.log"), "utf8")).not.toContain("unavailable");
  });
});
