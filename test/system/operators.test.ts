import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { BINARY } from "../support/binary.ts";
import { putFailed, thrown } from "../support/failed.ts";
import type { CommandResult, Project } from "../support/project.ts";
import { Stores } from "../support/stores.ts";
import { OnTerminal } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

/** Would move the cursor, recolour, and rename the window: as ESC, as the C1 form, and as a line of its own. */
const HOSTILE = "\u001b[2J\u001b]0;owned\u0007 \u009b31m\u007f\rforged";

/** What no output may hold but line ends. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;

function json(result: CommandResult): unknown {
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(result.stdout.trimEnd()).not.toContain("\n");
  return JSON.parse(result.stdout);
}

/** Jobs that wait, named `w1`, `w2`…. */
async function pushWaiting(project: Project, count: number): Promise<readonly string[]> {
  const items = Array.from({ length: count }, (_, index) => ({ job: "later", id: `w${index + 1}` }));
  return await project.pushAll("q", items);
}

describe.each(["sqlite", "redis"] as const)("the operator's commands, on %s", (kind) => {
  async function projectWithQueue(): Promise<Project> {
    const project = await stores.project(kind);
    project.configure({ q: { workers: 1, retries: 0 } });
    return project;
  }

  test("queue:failed gives of each failed job exactly the documented fields, newest first", async () => {
    const project = await projectWithQueue();
    const timeout = thrown("too long", { outcome: "timeout", error: { name: "TimeoutError", message: "too long" } });
    await putFailed(await project.store(), "q", [
      { id: "old", attempts: [thrown("first"), thrown("second")] },
      { id: "new", name: "slow", attempts: [timeout] },
    ]);
    const page = json(await project.run("queue:failed", "--queue", "q", "--json"));
    const common = { startedAt: "2026-01-02T03:04:05.678Z", seconds: 0.5, worker: "host:7" };
    const error = (message: string): object => ({ name: "Error", message, stack: `Error: ${message}\n    at handler` });
    const failedAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(page).toStrictEqual({
      jobs: [
        {
          id: "new",
          queue: "q",
          name: "slow",
          data: { n: 1 },
          type: "timeout",
          failedAt,
          attempts: [
            { outcome: "timeout", error: { name: "TimeoutError", message: "too long", stack: null }, ...common },
          ],
        },
        {
          id: "old",
          queue: "q",
          name: "broken",
          data: { n: 1 },
          type: "error",
          failedAt,
          attempts: [
            { outcome: "error", error: error("first"), ...common },
            { outcome: "error", error: error("second"), ...common },
          ],
        },
      ],
      next: null,
    });
  });

  test("queue:failed goes through all failed jobs page by page", async () => {
    const project = await projectWithQueue();
    const ids = ["a", "b", "c", "d", "e"];
    await putFailed(
      await project.store(),
      "q",
      ids.map((id) => ({ id, attempts: [thrown("no")] })),
    );
    const found: string[] = [];
    let next: string | null = null;
    do {
      const more: string[] = next === null ? [] : ["--cursor", next];
      const result = json(await project.run("queue:failed", "-q", "q", "--limit", "2", "--json", ...more));
      const page = result as { jobs: { id: string }[]; next: string | null };
      expect(page.jobs.length).toBeLessThanOrEqual(2);
      found.push(...page.jobs.map((job) => job.id));
      next = page.next;
    } while (next !== null);
    expect(found).toEqual(ids.toReversed());
  });

  test("the table of queue:failed has a row for each job, and says how to go on", async () => {
    const project = await projectWithQueue();
    await putFailed(await project.store(), "q", [
      { id: "a", attempts: [thrown("no")] },
      { id: "b", attempts: [thrown("disk full\nsecond line"), thrown("disk full\nsecond line")] },
    ]);
    const { stdout } = await project.run("queue:failed", "-q", "q", "--limit", "1");
    const [head, row, ...rest] = stdout.split("\n");
    expect(head).toMatch(/^ID +NAME +TYPE +ATTEMPTS +FAILED +LAST ERROR$/);
    expect(row).toMatch(/^b +broken +error +2 +\d+ (ms|s) ago +Error: disk full …$/);
    const cursor = /--cursor (\S+)/.exec(rest.join("\n"))?.[1] ?? "";
    expect((await project.run("queue:failed", "-q", "q", "--cursor", cursor)).stdout).toContain("\na ");
  });

  test("a cursor that no page gave is refused", async () => {
    const project = await projectWithQueue();
    await putFailed(await project.store(), "q", [{ id: "a", attempts: [thrown("no")] }]);
    const { code, stderr } = await project.run("queue:failed", "-q", "q", "--cursor", "non/sense");
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--cursor "non/sense"') });
  });

  test("what a job says steers no terminal", async () => {
    const project = await projectWithQueue();
    const attempt = thrown(HOSTILE, { worker: HOSTILE });
    await putFailed(await project.store(), "q", [
      { id: "evil", name: HOSTILE, attempts: [attempt] },
      { id: "torn", envelope: `["${HOSTILE}`, attempts: [attempt] },
    ]);
    for (const command of [
      ["queue:failed", "-q", "q"],
      ["queue:failed", "-q", "q", "--json"],
      ["queue:show", "evil", "-q", "q"],
      ["queue:show", "evil", "-q", "q", "--json"],
      ["queue:show", "torn", "-q", "q"],
    ]) {
      const { code, stdout } = await project.run(...command);
      expect({ command, code, stdout }).toEqual({ command, code: 0, stdout: expect.not.stringMatching(CONTROLS) });
      expect(stdout).toContain("owned");
    }
    const page = json(await project.run("queue:failed", "-q", "q", "--json"));
    expect(page).toMatchObject({
      jobs: [
        { id: "torn", name: null, data: null },
        { id: "evil", name: HOSTILE },
      ],
    });
  });

  test("queue:show tells everything of a failed job", async () => {
    const project = await projectWithQueue();
    await putFailed(await project.store(), "q", [{ id: "a", attempts: [thrown("no")] }]);
    expect(json(await project.run("queue:show", "a", "--queue", "q", "--json"))).toStrictEqual({
      id: "a",
      queue: "q",
      state: "failed",
      name: "broken",
      data: { n: 1 },
      policy: { timeout: 120, retries: 3, retryDelay: 3, retryOnTimeout: false },
      dueIn: null,
      type: "error",
      failedAt: expect.any(String),
      doneAt: null,
      phase: "failing",
      callbackError: null,
      attempts: [
        {
          outcome: "error",
          error: { name: "Error", message: "no", stack: "Error: no\n    at handler" },
          startedAt: "2026-01-02T03:04:05.678Z",
          seconds: 0.5,
          worker: "host:7",
        },
      ],
      problem: null,
    });
    const { stdout } = await project.run("queue:show", "a", "-q", "q");
    expect(stdout).toMatch(/^Id +a\nQueue +q\nName +broken\nState +failed\n/);
    expect(stdout).toContain(
      "Attempt 1: error after 0.5 s, started at 2026-01-02T03:04:05.678Z on host:7\n  Error: no\n",
    );
  });

  test("queue:push pushes what it was told to, and queue:show shows it in every state", async () => {
    const project = await projectWithQueue();
    project.job("work", `export async function work(data, job) { note("start", job); await new Promise(() => {}); }`);
    const options = ["--delay", "1000.5", "--timeout", "0.5", "--retries", "7", "--id", "-mine"];
    const pushed = await project.run("queue:push", "-q", "q", "later", '{"to":"é"}', ...options);
    expect(pushed).toEqual({ code: 0, stdout: "-mine\n", stderr: "" });
    const delayed = json(await project.run("queue:show", "-q", "q", "--json", "--", "-mine"));
    expect(delayed).toMatchObject({ state: "delayed", name: "later", data: { to: "é" }, type: null, failedAt: null });
    expect(delayed).toMatchObject({ policy: { timeout: 0.5, retries: 7, retryDelay: 3 }, attempts: [] });
    expect((delayed as { dueIn: number }).dueIn).toBeWithin(900, 1001);
    const second = json(await project.run("queue:push", "-q", "q", "work", "--priority", "high", "--json"));
    expect(second).toStrictEqual({ id: expect.stringMatching(/^[^-]/), queue: "q" });
    const { id } = second as { id: string };
    const show = async (): Promise<unknown> => json(await project.run("queue:show", id, "-q", "q", "--json"));
    // The queue's own retries, from the configuration.
    expect(await show()).toMatchObject({ state: "ready", data: null, policy: { retries: 0 } });
    await project.start();
    await until("it runs", () => project.steps("start").length === 1);
    expect(await show()).toMatchObject({ state: "active", dueIn: null });
    const removing = await project.run("queue:remove", id, "-q", "q");
    expect(removing).toEqual({
      code: 1,
      stdout: "0 jobs of q removed\n",
      stderr: `"${id}" was not removed: it is active\n`,
    });
  });

  test("queue:retry makes failed jobs ready, and names those that are not failed", async () => {
    const project = await projectWithQueue();
    const attempts = [thrown("no")];
    await putFailed(
      await project.store(),
      "q",
      ["a", "b", "c"].map((id) => ({ id, attempts })),
    );
    await pushWaiting(project, 1);
    const first = await project.run("queue:retry", "-q", "q", "a", "w1", "gone", "b");
    expect(first).toEqual({
      code: 1,
      stdout: "2 jobs of q retried\n",
      stderr: '"w1" was not retried: it is ready\n"gone" was not retried: it is not in the queue\n',
    });
    expect(json(await project.run("queue:retry", "c", "-q", "q", "--json"))).toStrictEqual({
      queue: "q",
      retried: ["c"],
      unchanged: [],
    });
    expect(await project.counts("q")).toMatchObject({ ready: 4, failed: 0 });
  });

  test("queue:retry --all retries every failed job, and comes to its end while they fail again", async () => {
    const project = await projectWithQueue();
    project.job("broken", `export function broken() { throw new Error("still"); }`);
    await project.start();
    await project.pushAll(
      "q",
      Array.from({ length: 1_100 }, () => ({ job: "broken", retries: 0 })),
    );
    await until("all are failed", async () => (await project.counts("q")).failed === 1_100);
    const { code, stdout, stderr } = await project.run("queue:retry", "-q", "q", "--all");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "1100 jobs of q retried\n" });
    expect(stderr).toEndWith("100 %: 1100 of 1100 jobs of q\n");
  });

  test("queue:remove deletes jobs in whatever state but active, and names those that were not there", async () => {
    const project = await projectWithQueue();
    await putFailed(await project.store(), "q", [{ id: "f", attempts: [thrown("no")] }]);
    await pushWaiting(project, 2);
    expect(await project.run("queue:remove", "-q", "q", "f", "w2")).toEqual({
      code: 0,
      stdout: "2 jobs of q removed\n",
      stderr: "",
    });
    const again = await project.run("queue:remove", "-q", "q", "f", "--json");
    expect(again.code).toBe(1);
    expect(JSON.parse(again.stdout)).toStrictEqual({
      queue: "q",
      removed: [],
      unchanged: [{ id: "f", reason: "not in the queue" }],
    });
    expect(await project.counts("q")).toMatchObject({ ready: 1, failed: 0 });
  });

  test("queue:clean empties one queue, or all, and shows its progress", async () => {
    const project = await projectWithQueue();
    await pushWaiting(project, 1_200);
    await project.pushAll("other", [{ job: "later", delay: 1_000 }]);
    const one = await project.run("queue:clean", "--queue", "q", "--yes", "--json");
    expect(one.code).toBe(0);
    expect(JSON.parse(one.stdout)).toStrictEqual([{ queue: "q", deleted: 1_200, active: 0 }]);
    expect(one.stderr).toMatch(/^\d+ %: 500 of 1200 jobs of q\n[^]*100 %: 1200 of 1200 jobs of q\n$/);
    expect(await project.counts("other")).toMatchObject({ delayed: 1 });
    const all = await project.run("queue:clean", "-y");
    expect(all).toMatchObject({ code: 0, stdout: "1 job of other deleted\n0 jobs of q deleted\n" });
    expect(await project.counts("q")).toMatchObject({ pushed: 1_200, ready: 0 });
  });

  test("queue:pause and queue:resume are told by queue:status", async () => {
    const project = await projectWithQueue();
    const paused = async (): Promise<unknown> => json(await project.run("queue:status", "-q", "q", "--json"));
    expect(await project.run("queue:pause", "-q", "q")).toMatchObject({ code: 0, stderr: "" });
    expect(await paused()).toMatchObject([{ queue: "q", paused: true }]);
    expect(await project.run("queue:resume", "-q", "q")).toMatchObject({ code: 0, stderr: "" });
    expect(await paused()).toMatchObject([{ queue: "q", paused: false }]);
  });

  test("a queue that neither the configuration nor the store knows is an error that names the nearest", async () => {
    const project = await stores.project(kind);
    project.configure({ mail: {} });
    for (const [command, ...rest] of [
      ["queue:failed"],
      ["queue:show", "a"],
      ["queue:push", "job"],
      ["queue:retry", "a"],
      ["queue:remove", "a"],
      ["queue:clean", "--yes"],
      ["queue:pause"],
      ["queue:resume"],
      ["queue:status"],
    ] as const) {
      const { code, stderr } = await project.run(command, "--queue", "mial", ...rest);
      expect({ command, code, stderr }).toEqual({
        command,
        code: 1,
        stderr: 'neither the configuration nor the store has a queue "mial"; did you mean "mail"?\n',
      });
    }
    expect(await (await project.store()).queues()).toEqual([]);
  });
});

describe("commands that are used wrongly", () => {
  test.each([
    [["queue:failed"], "needs --queue"],
    [["queue:failed", "--queue"], "needs a value with --queue"],
    [["queue:failed", "-q", "q", "--limit", "none"], 'needs a number with --limit, found "none"'],
    [["queue:failed", "-q", "q", "--limit", "0"], "needs a whole number from 1 to 1000 with --limit"],
    [["queue:failed", "-q", "q", "--jsn"], 'has no option --jsn; did you mean "--json"?'],
    [["queue:show", "-q", "q"], "needs <id>"],
    [["queue:show", "-q", "q", "a", "b"], 'does not know what to do with "b"'],
    [["queue:retry", "-q", "q"], "needs the ids of failed jobs, or --all"],
    [["queue:retry", "-q", "q", "--all", "a"], "takes ids or --all, not both"],
    [["queue:remove", "-q", "q"], "needs <id>"],
    [["queue:clean"], "confirm it with --yes"],
    [["queue:push", "-q", "q"], "needs <name>"],
    [["queue:push", "-q", "q", "job", "{to:1}"], "needs JSON as data"],
    [["queue:push", "-q", "q", "job", "[1]"], "needs an object as data"],
    [["queue:push", "-q", "q", "job", "--delay", "soon"], 'needs a number with --delay, found "soon"'],
    [["queue:push", "-q", "q", "job", "--delay", "-1"], "options.delay is -1"],
    [["queue:push", "-q", "q", "job", "--retries", "1.5"], "options.retries is 1.5"],
    [["queue:push", "-q", "q", "job", "--id", "a b"], 'options.id is "a b"'],
    [["queue:push", "-q", "q", "job", "--priority", "hihg"], 'did you mean "high"?'],
    [["queue:pause"], "needs --queue"],
    [["queue:fialed"], 'did you mean "queue:failed"?'],
  ])("%j ends with 2 and says what is wrong", async (args, problem) => {
    const project = await stores.project("sqlite");
    project.configure({ q: {} });
    const { code, stdout, stderr } = await project.run(...args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(problem) });
  });
});

test("help is plain where there is no terminal", async () => {
  const project = await stores.project("sqlite");
  const { stdout } = await project.run({ PATH: "", TERM: "xterm" }, "queue:retry", "--help");
  expect(stdout).toContain("USAGE mpq queue:retry");
  expect(stdout).not.toMatch(CONTROLS);
});

describe("on a terminal", () => {
  async function projectWithJobs(): Promise<Project> {
    const project = await stores.project("sqlite");
    project.configure({ q: {} });
    await pushWaiting(project, 3);
    return project;
  }

  test("queue:clean asks, and deletes after a yes", async () => {
    const project = await projectWithJobs();
    const terminal = new OnTerminal(project, "queue:clean");
    await terminal.sees("[y/N]");
    expect(terminal.screen).toContain("q: 3 jobs");
    terminal.type("y\n");
    expect(await terminal.end()).toBe(0);
    expect(terminal.screen).toContain("3 jobs of q deleted");
    expect(await project.counts("q")).toMatchObject({ ready: 0 });
  });

  test.each([
    ["a no", "n\n", 1],
    ["an empty line", "\n", 1],
    ["the end of the input", "\u0004", 1],
    ["Ctrl-C", "\u0003", 130],
  ])("queue:clean deletes nothing after %s", async (_, keys, code) => {
    const project = await projectWithJobs();
    const terminal = new OnTerminal(project, "queue:clean");
    await terminal.sees("[y/N]");
    terminal.type(keys);
    expect(await terminal.end()).toBe(code);
    expect(await project.counts("q")).toMatchObject({ ready: 3 });
  });

  test("queue:status --watch shows each second how things stand, until Ctrl-C", async () => {
    const project = await projectWithJobs();
    const terminal = new OnTerminal(project, "queue:status", "--watch");
    await terminal.sees("q      distribute  open        3      3");
    await project.pushAll("q", [{ job: "later" }]);
    await terminal.sees("q      distribute  open        4      4");
    terminal.type("\u0003");
    expect(await terminal.end()).toBe(0);
  });

  test("worker:status -w goes on while the service is away", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("none", "export function none() {}");
    const service = await project.start();
    const terminal = new OnTerminal(project, "worker:status", "-w");
    await terminal.sees("manage");
    await service.stop();
    await terminal.sees("no service listens");
    terminal.type("\u0003");
    expect(await terminal.end()).toBe(0);
  });
});

test("queue:clean that is interrupted says what it deleted, and leaves the rest as it was", async () => {
  const project = await stores.project("sqlite");
  project.configure({ q: {} });
  const total = 30_000;
  await pushWaiting(project, total);
  const child = Bun.spawn([BINARY, "queue:clean", "--yes", "--json"], {
    cwd: project.folder,
    env: project.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for await (const bytes of child.stderr) {
    if (said === "") child.kill("SIGINT");
    said += Buffer.from(bytes).toString();
  }
  expect(await child.exited).toBe(1);
  const [{ deleted }] = JSON.parse(await child.stdout.text()) as [{ deleted: number }];
  expect(said).toContain(`Stopped after ${deleted} of ${total} jobs of q\n`);
  expect(await project.counts("q")).toMatchObject({ ready: total - deleted });
});

test("--watch prints a block each second where there is no terminal, and ends when nobody reads on", async () => {
  const project = await stores.project("sqlite");
  project.configure({ q: {} });
  const command = `"${BINARY}" queue:status -w --json | head -n 2`;
  const child = Bun.spawn(["sh", "-c", command], {
    cwd: project.folder,
    env: project.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  const blocks = stdout.trimEnd().split("\n");
  expect(blocks.map((block) => JSON.parse(block) as unknown)).toMatchObject([[{ queue: "q" }], [{ queue: "q" }]]);
  expect(stderr).toBe("");
});

test("a job may run mpq itself, whatever environment it gives it", async () => {
  const project = await stores.project("sqlite");
  project.configure({ q: { workers: 1 } });
  project.job(
    "nested",
    `const command = [process.execPath, "queue:push", "-q", "q", "hello"];
    export function nested() { Bun.spawnSync(command); Bun.spawnSync(command, { env: process.env }); }
    export function hello(data, job) { note("hello", job); }`,
  );
  const service = await project.start();
  await project.pushAll("q", [{ job: "nested" }]);
  await until("both pushes came", () => project.steps("hello").length === 2);
  await service.stop();
});
