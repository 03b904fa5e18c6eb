import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import type { ServiceStatus } from "../../src/process/control.ts";
import type { CommandResult } from "../support/project.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { OnTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const AT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
const NUMBER = expect.any(Number);
const ESCAPE = "\u001b";

function json(result: CommandResult): unknown {
  expect(result).toMatchObject({ code: 0, stderr: "" });
  return JSON.parse(result.stdout);
}

const WAITING = `import { existsSync } from "node:fs";
import { Job } from "multi-process-queue";
export class Waiting extends Job {
  async handle() { note("start", this); while (!existsSync("go")) await Bun.sleep(5); throw new RangeError("no"); }
  override async onFailed(job) { note("callback", job); while (!existsSync("end")) await Bun.sleep(5); }
}`;

describe.each(COMBINATIONS)("the JSON of commands, $store in $mode mode:", ({ store, mode }) => {
  test("queue:status, worker:status and queue:failed have exactly the documented shapes", async () => {
    const project = await stores.project(store);
    project.configure({ idle: { mode, workers: 1 }, q: { mode, workers: 1, prefetch: 0, retries: 0 } });
    project.job("waiting", WAITING);
    const service = await project.start();
    const none = { mode, paused: false, ready: 0, delayed: 0, active: 0, failed: 0, done: 0, oldest: null };
    await project.pushAll("q", [{ job: "Waiting", id: "first", data: { n: 1 }, retries: 0 }]);
    const run = await until("it runs", () => project.steps("start")[0]);
    await project.pushAll("q", [
      { job: "Waiting", id: "second" },
      { job: "Waiting", delay: 3600 },
    ]);
    const running = { queue: "q", ...none, pushed: 3, ready: 1, delayed: 1, active: 1, oldest: NUMBER };
    expect(json(await project.run("queue:status", "--json"))).toStrictEqual([
      { queue: "idle", ...none, pushed: 0 },
      running,
    ]);

    const one = { pid: NUMBER, memory: NUMBER, startedAt: AT };
    const quiet = { job: null, seconds: null, done: 0 };
    const { processes, ...head } = json(await project.run("worker:status", "--json")) as ServiceStatus;
    const ofService = { service: "mpq", host: hostname(), pid: service.child.pid, startedAt: AT };
    expect<unknown>(head).toStrictEqual(ofService);
    const ofQ = { ...one, ...quiet, queue: "q", role: "worker", state: "busy", pid: run.pid };
    expect<unknown>(processes).toStrictEqual([
      { ...one, ...quiet, role: "manage", queue: null, pid: service.child.pid, state: "idle" },
      { ...one, ...quiet, role: "master", queue: "idle", state: "idle" },
      { ...one, ...quiet, role: "worker", queue: "idle", state: "idle" },
      { ...one, ...quiet, role: "master", queue: "q", state: expect.any(String) },
      { ...ofQ, job: "first", seconds: NUMBER },
    ]);

    // Bytes, not megabytes; and seconds, not milliseconds.
    expect(processes.every(({ memory }) => Number.isInteger(memory) && memory > 1_000_000)).toBe(true);
    expect(processes.at(-1)?.seconds).toBeWithin(0, (Date.now() - run.at) / 1000 + 1);

    project.write("go", "");
    await until("its callback runs", () => project.steps("callback").length === 1);
    // A job whose failure callback runs is active.
    expect(json(await project.run("queue:status", "--queue", "q", "--json"))).toStrictEqual([running]);
    project.write("end", "");
    await until("it is failed", async () => (await project.counts("q")).failed > 0);
    const page = json(await project.run("queue:failed", "--queue", "q", "--json")) as { jobs: { id: string }[] };
    expect<unknown>({ ...page, jobs: page.jobs.filter(({ id }) => id === "first") }).toStrictEqual({
      jobs: [
        {
          id: "first",
          queue: "q",
          name: "Waiting",
          data: { n: 1 },
          type: "error",
          failedAt: AT,
          attempts: [
            {
              outcome: "error",
              error: { name: "RangeError", message: "no", stack: expect.stringContaining("waiting.ts") },
              startedAt: AT,
              seconds: NUMBER,
              worker: `${hostname()}:${run.pid}`,
            },
          ],
        },
      ],
      next: null,
    });
    await service.stop();
  });
});

test.each([
  [
    "ts",
    `import { defineConfig } from "multi-process-queue"; const queues: object = { named: {} }; export default defineConfig({ queues });`,
  ],
  ["js", `module.exports = { queues: { named: {} } };`],
  [
    "mjs",
    `import { defineConfig } from "multi-process-queue"; export default defineConfig({ queues: { named: {} } });`,
  ],
  ["json", `{ "queues": { "named": {} } }`],
])("mpq.config.%s is found in the working directory, or wherever --config says", async (form, text) => {
  const project = await stores.project("sqlite");
  project.write(`mpq.config.${form}`, text);
  project.write(`elsewhere/other.${form}`, text.replace("named", "other"));
  const queuesBy = async (...args: string[]): Promise<unknown> =>
    (json(await project.run("queue:status", "--json", ...args)) as { queue: string }[]).map(({ queue }) => queue);
  expect(await queuesBy()).toEqual(["named"]);
  expect(await queuesBy("--config", `elsewhere/other.${form}`)).toEqual(["other"]);
});

test("worker:status has one row per process, with what it does, queue:status one per queue", async () => {
  const project = await stores.project("sqlite");
  project.configure({ q: { workers: 2 } });
  project.job("waiting", WAITING);
  const service = await project.start();
  await project.pushAll("q", [{ job: "Waiting", id: "only", retries: 0 }]);
  const { pid } = await until("it runs", () => project.steps("start")[0]);
  const { stdout } = await project.run("worker:status");
  const [head, columns, ...rows] = stdout.trimEnd().split("\n");
  expect(head).toMatch(new RegExp(`^mpq on ${hostname()}, pid ${service.child.pid}, since \\d{4}-`));
  expect(columns).toMatch(/^QUEUE +ROLE +PID +STATE +JOB +FOR +DONE +MEMORY +STARTED +UP$/);
  expect(rows.map((row) => row.trim().split(/ +/)[0])).toEqual(["manage", "q", "q", "q"]);
  const busy = rows.find((row) => row.includes(String(pid)));
  expect(busy).toMatch(/^q +worker +\d+ +busy +only +\S+ m?s +0 +\d+(\.\d)? MB +\d{4}-\d\d-\d\dT\S+Z +\d+ m?s$/);
  const [, row] = (await project.run("queue:status")).stdout.split("\n");
  expect(row).toMatch(/^q +distribute +open +1 +0 +0 +1 +0 +0$/);
  project.write("go", "");
  project.write("end", "");
  expect(await service.stop()).toBe(0);
});

test("worker:status tells a master that does not answer as in error, and the others as they are", async () => {
  const project = await stores.project("sqlite");
  project.configure({ hung: { workers: 1 }, well: { workers: 1 } });
  project.job("noop", "export function noop() {}");
  const service = await project.start();
  const [hung] = (await service.processes("master")).filter(({ queue }) => queue === "hung");
  process.kill(hung?.pid ?? 0, "SIGSTOP");
  const { processes } = await service.status();
  expect(processes.map(({ role, queue, state }) => [role, queue, state])).toEqual([
    ["manage", null, "idle"],
    ["master", "hung", "error"],
    ["master", "well", "idle"],
    ["worker", "well", "idle"],
  ]);
  process.kill(hung?.pid ?? 0, "SIGCONT");
  expect(await service.stop()).toBe(0);
});

test("exit codes: 0 done, 1 failed, 2 usage, 69 store unreachable, 78 configuration", async () => {
  const project = await stores.project("sqlite");
  project.configure({ q: {} });
  const away = { ...project.env, MPQ_DRIVER_URL: "redis://user:password@127.0.0.1:1/0" };
  project.write("invalid.config.ts", "export default { queues: { q: { workers: 0 } } };");
  const results = await Promise.all([
    project.run("queue:status"),
    project.run("worker:status"),
    project.run("queue:status", "--jason"),
    project.run(away, "worker:start"),
    project.run("queue:status", "--config", "invalid.config.ts"),
  ]);
  expect(results.map(({ code }) => code)).toEqual([0, 1, 2, 69, 78]);
  const [done, ...others] = results;
  expect(done?.stderr).toBe("");
  for (const { stdout, stderr } of others)
    expect({ stdout, stderr }).toEqual({ stdout: "", stderr: expect.stringMatching(/\w+/) });
  // Which store it was, without what must not be shown.
  expect(results[3]?.stderr).toContain("127.0.0.1:1");
  expect(results[3]?.stderr).not.toContain("password");
});

test.each([
  [["worker:strat"], 'did you mean "worker:start"?'],
  [["worker:start", "--deamon"], 'has no option --deamon; did you mean "--daemon"?'],
  [["queue:status", "--queu=q"], 'has no option --queu; did you mean "--queue"?'],
  [["help", "queue:staus"], 'did you mean "queue:status"?'],
])("an unknown flag or command is an error with a suggestion: %j", async (args, suggestion) => {
  const project = await stores.project("sqlite");
  const { code, stdout, stderr } = await project.run(...args);
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(suggestion) });
});

test("mpq list, mpq help, --help and --version say what there is", async () => {
  const project = await stores.project("sqlite");
  const [alone, list, help, flag, version, of, ofFlag] = await Promise.all(
    [[], ["list"], ["help"], ["--help"], ["--version"], ["help", "queue:failed"], ["queue:failed", "--help"]].map(
      (args) => project.run(...args),
    ),
  );
  for (const one of [alone, list, help, flag]) {
    expect(one).toMatchObject({ code: 0, stderr: "" });
    for (const name of ["worker:start", "worker:stop", "queue:status", "queue:clean"])
      expect(one?.stdout).toContain(name);
  }
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: "" });
  expect(of?.stdout).toContain("--queue");
  expect(ofFlag).toEqual(of);
});

test("colours stand on a terminal only, and never with NO_COLOR", async () => {
  const project = await stores.project("sqlite");
  project.configure({ q: { workers: 1 } });
  project.job("noop", "export function noop() {}");
  const { NO_COLOR: _, ...coloured } = project.env;
  const onTerminal = async (env: Record<string, string>): Promise<string> => {
    const terminal = new OnTerminal({ folder: project.folder, env }, "help", "queue:failed");
    await terminal.end();
    return terminal.screen;
  };
  expect(await onTerminal(coloured)).toContain(`${ESCAPE}[`);
  for (const value of ["1", "true"]) expect(await onTerminal({ ...coloured, NO_COLOR: value })).not.toContain(ESCAPE);
  expect((await project.run({ ...coloured, TERM: "xterm" }, "help", "queue:failed")).stdout).not.toContain(ESCAPE);
  for (const [env, isColoured] of [
    [coloured, true],
    [project.env, false],
  ] as const) {
    const terminal = new OnTerminal({ folder: project.folder, env }, "worker:start");
    await terminal.sees("is up");
    terminal.type("\u0003");
    expect(await terminal.end()).toBe(0);
    expect(terminal.screen.replaceAll("^C", "").includes(`${ESCAPE}[`)).toBe(isColoured);
  }
});
