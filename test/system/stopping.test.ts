import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

const WAITING = `export async function waiting(data, job) {
  note("start", job);
  await appears(data.flag);
  note("end", job);
}`;

describe.each(COMBINATIONS)("worker:stop, $store in $mode mode", ({ store, mode }) => {
  test("lets what runs finish, gives back what was not begun, and is told as stopping meanwhile", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode, prefetch: 10 } });
    project.job("waiting", WAITING);
    const service = await project.start();
    const flag = join(project.folder, "go");
    await project.pushAll(
      "q",
      Array.from({ length: 5 }, () => ({ job: "waiting", data: { flag } })),
    );
    await until("one runs", () => project.steps("start").length === 1);
    const stopped = project.run("worker:stop");
    await until("the rest is given back", async () => (await project.counts("q")).ready === 4);
    const states = (await service.status()).processes.map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(["stopping"]));
    project.write("go", "");
    expect((await stopped).code).toBe(0);
    expect(await service.child.exited).toBe(0);
    expect(await project.counts("q")).toMatchObject({ ready: 4, active: 0, done: 1, failed: 0 });
    expect(project.steps("start").length).toBe(1);
    expect(readdirSync(join(project.folder, "run", "mpq"))).toEqual([]);
  });

  test("gives a job that does not end in time back, without using up an attempt", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode, stopTimeout: 0.1 } });
    project.job("waiting", WAITING);
    const service = await project.start();
    const flag = join(project.folder, "go");
    await project.pushAll("q", [{ job: "waiting", data: { flag }, retries: 0 }]);
    await until("it runs", () => project.steps("start").length === 1);
    expect(await service.stop()).toBe(0);
    expect(await project.counts("q")).toMatchObject({ ready: 1, active: 0, failed: 0 });
    project.write("go", "");
    const again = await project.start();
    const end = await until("it is done", () => project.steps("end")[0]);
    expect(end.attempt).toBe(1);
    await again.stop();
  });

  test("aborts the signal of what runs when its time is over, before it kills it", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1, mode, stopTimeout: 0.1 } });
    project.job(
      "listening",
      `import { Job } from "multi-process-queue";
      export class Listening extends Job {
        async handle() {
          const { signal } = this;
          note("start", this, { aborted: signal.aborted });
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          note("aborted", this, { reason: signal.reason.name });
          await new Promise((resolve) => setTimeout(resolve, 60_000));
        }
      }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "Listening", retries: 0 }]);
    await until("it runs", () => project.steps("start").length === 1);
    expect((await project.run("worker:stop")).code).toBe(0);
    expect(await service.child.exited).toBe(0);
    expect(project.ledger()).toMatchObject([
      { step: "start", aborted: false },
      { step: "aborted", reason: "AbortError" },
    ]);
    expect(await project.counts("q")).toMatchObject({ ready: 1, active: 0, failed: 0 });
  });

  test("with --force kills at once, and the jobs are back in the queue", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode } });
    project.job("waiting", WAITING);
    const service = await project.start();
    const flag = join(project.folder, "never");
    await project.pushAll(
      "q",
      Array.from({ length: 3 }, () => ({ job: "waiting", data: { flag } })),
    );
    await until("two run", () => project.steps("start").length === 2);
    expect((await project.run("worker:stop", "--force")).code).toBe(0);
    await service.child.exited;
    expect(await project.counts("q")).toMatchObject({ ready: 3, active: 0 });
    expect(existsSync(join(project.folder, "run", "mpq", "pid"))).toBe(false);
  });
});

describe("a signal to stop", () => {
  test("that comes twice at once, as from a terminal and from npm, is one; a later one kills", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("waiting", WAITING);
    const flag = join(project.folder, "go");
    const service = await project.start();
    await project.pushAll("q", [{ job: "waiting", data: { flag } }]);
    await until("it runs", () => project.steps("start").length === 1);
    // Two of one kind could reach it as one.
    service.child.kill("SIGINT");
    service.child.kill("SIGTERM");
    await until("it stops", () => service.written.includes("mpq stops"));
    const told = performance.now();
    expect((await service.status()).processes.every(({ state }) => state === "stopping")).toBe(true);
    await until("it is no longer the same moment", () => performance.now() - told > 300);
    expect(service.written).not.toContain("is being killed");
    service.child.kill("SIGTERM");
    expect(await service.child.exited).toBe(0);
    expect(service.written).toContain("mpq is being killed");
    expect(await project.counts("q")).toMatchObject({ ready: 1, active: 0 });
  });
});

describe("a service whose manage hangs", () => {
  test("is waited for by no command, and what these asked is not carried out when it goes on", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    const service = await project.start();
    process.kill(service.child.pid, "SIGSTOP");
    const commands = [
      ["worker:stop"],
      ["worker:status"],
      ["worker:reload"],
      ["worker:restart", "-d"],
      ["worker:start", "-d"],
      ["doctor"],
    ];
    const results = await Promise.all(commands.map((words) => project.run(...words)));
    expect(results.map(({ code }) => code)).toEqual(commands.map(() => 1));
    const told = results.map(({ stdout, stderr }) => /does not answer|runs already/.exec(stdout + stderr)?.[0]);
    const silent = "does not answer";
    expect(told).toEqual([silent, silent, silent, silent, "runs already", silent]);
    process.kill(service.child.pid, "SIGCONT");
    const states = (await service.status()).processes.map(({ state }) => state);
    expect(states).toEqual(["idle", "idle", "idle"]);
    expect(service.written).not.toContain("mpq stops");
    expect(await service.stop()).toBe(0);
  });

  test("is killed by worker:stop --force, its workers with it, and its jobs run after the next start", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    project.job("waiting", WAITING);
    const service = await project.start();
    await project.pushAll("q", [{ job: "waiting", data: { flag: join(project.folder, "go") } }]);
    const run = await until("it runs", () => project.steps("start")[0]);
    process.kill(service.child.pid, "SIGSTOP");
    const { code, stdout } = await project.run("worker:stop", "--force");
    expect(code).toBe(0);
    expect(stdout).toContain("mpq has stopped");
    await service.child.exited;
    expect(service.child.signalCode).toBe("SIGKILL");
    await until("the worker is gone", () => !existsSync(`/proc/${run.pid}/exe`));
    project.write("go", "");
    const again = await project.start();
    await until("it is done", () => project.steps("end").length === 1);
    expect(await again.stop()).toBe(0);
  });
});

describe("worker:stop", () => {
  test("returns when the process has ended, whoever else is connected to it", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: { workers: 1 } });
    const service = await project.start();
    const { pid } = await service.status();
    const ended = Promise.withResolvers<boolean>();
    const unix = join(project.folder, "run", "mpq", "control.sock");
    await Bun.connect({ unix, socket: { data() {}, close: () => ended.resolve(existsSync(`/proc/${pid}/exe`)) } });
    expect((await project.run("worker:stop")).code).toBe(0);
    expect(await ended.promise).toBe(false);
    expect(await service.child.exited).toBe(0);
  });

  test("says so when no service runs", async () => {
    const project = await stores.project("sqlite");
    project.configure({ q: {} });
    const { code, stderr } = await project.run("worker:stop");
    expect(code).toBe(1);
    expect(stderr).toContain("no service listens on");
  });
});
