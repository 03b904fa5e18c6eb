import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemMonotonicMs } from "../../src/process/libc.ts";
import { NotifySocket } from "../support/notify-socket.ts";
import type { Project, Service } from "../support/project.ts";
import { startRedis } from "../support/redis.ts";
import { Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
const sockets: NotifySocket[] = [];
afterEach(async () => {
  await stores.afterEach();
  for (const socket of sockets.splice(0)) socket.close();
});
afterAll(() => stores.afterAll());

const WAITING = `export async function waiting(data, job) {
  note("start", job, { env: process.env, child: Bun.spawnSync(["env"]).stdout.toString() });
  await appears(data.flag);
}`;

const WATCHDOG_MS = 200;
const WATCHED = { WATCHDOG_USEC: String(WATCHDOG_MS * 1000) };
/** Less than a master needs to see that the store cannot be opened. */
const BRIEF_MS = 3_000;
const VARIABLES = /^(NOTIFY_SOCKET|WATCHDOG_USEC|WATCHDOG_PID)=/m;

function listen(address: string): NotifySocket {
  const socket = new NotifySocket(address);
  sockets.push(socket);
  return socket;
}

async function makeProject(queues: object = { q: { workers: 2 } }): Promise<[Project, NotifySocket]> {
  const project = await stores.project("sqlite");
  project.configure(queues);
  project.job("waiting", WAITING);
  return [project, listen(join(project.folder, "notify"))];
}

async function pidOf(service: Service, role: "master" | "worker"): Promise<number> {
  const [first] = await service.processes(role);
  return first?.pid ?? 0;
}

/** The environment that a process was started with, a variable on each line. */
function environmentOf(pid: number): string {
  return readFileSync(`/proc/${pid}/environ`, "utf8").replaceAll("\0", "\n");
}

describe("systemd is told", () => {
  test.each(["a path", "an abstract name"])("at %s that the service is up, and not before", async (kind) => {
    const project = await stores.project("sqlite");
    const flag = join(project.folder, "go");
    project.write(
      "mpq.config.ts",
      `import { existsSync } from "node:fs";
      const onWorkerStart = async () => { while (!existsSync(${JSON.stringify(flag)})) await Bun.sleep(5); };
      export default { runDir: "./run", queues: { quick: { workers: 1 }, slow: { workers: 2, onWorkerStart } } };`,
    );
    const path = join(project.folder, "notify");
    const systemd = listen(kind === "a path" ? path : `@${path}`);
    const service = project.launch({ NOTIFY_SOCKET: systemd.address });
    await systemd.hears("STATUS", "starting; waits for slow");
    expect(systemd.count("EXTEND_TIMEOUT_USEC")).toBe(1);
    expect(systemd.count("READY")).toBe(0);
    project.write("go", "");
    await systemd.hears("READY", "1");
    await systemd.hears("STATUS", "2 queues, 3 workers");
    expect(await service.stop()).toBe(0);
    expect(systemd.count("READY")).toBe(1);
    expect(systemd.count("WATCHDOG")).toBe(0);
  });

  test("that the service reloads, at which moment, and that it has, also when the new code does not load", async () => {
    const [project, systemd] = await makeProject();
    const service = await project.start({ NOTIFY_SOCKET: systemd.address });
    const reload = async (): Promise<number> => {
      systemd.forget();
      const before = (systemMonotonicMs() ?? 0) * 1000;
      const { code } = await project.run("worker:reload");
      const after = (systemMonotonicMs() ?? 0) * 1000;
      const words = systemd.messages.filter((message) => "RELOADING" in message || "READY" in message);
      const [begun] = words;
      expect(words).toEqual([
        { RELOADING: "1", MONOTONIC_USEC: expect.stringMatching(/^\d+$/), STATUS: "reloading" },
        { READY: "1", STATUS: "up" },
      ]);
      expect(Number(begun?.["MONOTONIC_USEC"])).toBeWithin(Math.floor(before), after);
      return code;
    };
    expect(await reload()).toBe(0);
    project.job("waiting", `throw new Error("not today");`);
    expect(await reload()).toBe(1);
    await service.stop();
  });

  test("that the service stops, which queues it waits for, and that it needs more time", async () => {
    const [project, systemd] = await makeProject({ q: { workers: 1 }, idle: { workers: 1 } });
    const service = await project.start({ NOTIFY_SOCKET: systemd.address });
    const flag = join(project.folder, "go");
    await project.pushAll("q", [{ job: "waiting", data: { flag } }]);
    await until("it runs", () => project.steps("start").length === 1);
    systemd.forget();
    service.child.kill("SIGTERM");
    await systemd.hears("STATUS", "stopping; waits for q");
    await until("it asks for more time again", () => systemd.count("EXTEND_TIMEOUT_USEC") >= 3);
    project.write("go", "");
    expect(await service.child.exited).toBe(0);
    expect(systemd.messages[0]).toEqual({ STOPPING: "1", STATUS: "stopping" });
    expect(systemd.count("STOPPING")).toBe(1);
    expect(systemd.count("READY")).toBe(0);
  });

  test("that the service stops, and nothing else, when a reload is cut short by it", async () => {
    const [project, systemd] = await makeProject({ q: { workers: 1 } });
    const service = await project.start({ NOTIFY_SOCKET: systemd.address });
    const flag = join(project.folder, "go");
    await project.pushAll("q", [{ job: "waiting", data: { flag } }]);
    await until("it runs", () => project.steps("start").length === 1);
    systemd.forget();
    service.child.kill("SIGHUP");
    await systemd.hears("RELOADING", "1");
    await systemd.hears("STATUS", /^reloading: .*; 1 queue, \d workers?$/);
    service.child.kill("SIGTERM");
    await systemd.hears("STOPPING", "1");
    project.write("go", "");
    expect(await service.child.exited).toBe(0);
    expect(systemd.count("READY")).toBe(0);
  });
});

describe("the watchdog", () => {
  test("is fed while every master answers, not while one is stopped, and again afterwards", async () => {
    const [project, systemd] = await makeProject({ q: { workers: 1 }, other: { workers: 1 } });
    const service = await project.start({ NOTIFY_SOCKET: systemd.address, ...WATCHED });
    await until("it is fed", () => systemd.count("WATCHDOG", "1") >= 3);
    const master = await pidOf(service, "master");
    process.kill(master, "SIGSTOP");
    try {
      await systemd.hears("STATUS", "2 queues, 1 worker; the master of q does not answer");
      systemd.forget();
      const silentSince = performance.now();
      await until("systemd would have lost patience", () => performance.now() - silentSince > 5 * WATCHDOG_MS);
      expect(systemd.count("WATCHDOG")).toBe(0);
    } finally {
      process.kill(master, "SIGCONT");
    }
    await systemd.hears("WATCHDOG", "1");
    await systemd.hears("STATUS", "2 queues, 2 workers");
    expect(await service.stop()).toBe(0);
  });

  test("is fed while the store is away, also when a master dies then", async () => {
    const redis = await startRedis();
    const project = await stores.project("sqlite");
    try {
      project.configure({ q: { workers: 1 } });
      project.job("waiting", WAITING);
      const systemd = listen(join(project.folder, "notify"));
      const service = await project.start({
        NOTIFY_SOCKET: systemd.address,
        MPQ_DRIVER_URL: redis.url,
        ...WATCHED,
      });
      const master = await pidOf(service, "master");
      process.kill(redis.pid, "SIGSTOP");
      process.kill(master, "SIGKILL");
      const fault = /waits for q; waits for the store: .+/;
      await until("systemd hears why", () => lines(systemd).some((line) => fault.test(line)), 20_000);
      expect(systemd.longestPause("WATCHDOG")).toBeLessThan(BRIEF_MS);
      process.kill(redis.pid, "SIGCONT");
      await until("systemd hears that all is well", () => lines(systemd).at(-1) === "1 queue, 1 worker");
      expect(systemd.longestPause("WATCHDOG")).toBeLessThan(BRIEF_MS);
      expect(await service.stop()).toBe(0);
    } finally {
      process.kill(redis.pid, "SIGCONT");
      await redis.stop();
    }
  }, 60_000);

  test("is not fed by a process that was not meant", async () => {
    const [project, systemd] = await makeProject();
    const service = await project.start({ NOTIFY_SOCKET: systemd.address, ...WATCHED, WATCHDOG_PID: "1" });
    await systemd.hears("READY", "1");
    await project.run("worker:reload");
    expect(await service.stop()).toBe(0);
    expect(systemd.count("STOPPING")).toBe(1);
    expect(systemd.count("WATCHDOG")).toBe(0);
  });
});

/** What systemd was told for people, one after another. */
function lines(systemd: NotifySocket): readonly string[] {
  return systemd.messages.flatMap((message) => message["STATUS"] ?? []);
}

describe("the words of systemd to the service", () => {
  test("reach neither masters nor workers nor jobs", async () => {
    const [project, systemd] = await makeProject();
    const service = await project.start({ NOTIFY_SOCKET: systemd.address, ...WATCHED });
    const flag = join(project.folder, "go");
    project.write("go", "");
    await project.pushAll("q", [{ job: "waiting", data: { flag } }]);
    const [run] = await until("it ran", () => project.steps("start").length === 1 && project.steps("start"));
    expect(Object.keys(run?.["env"] as object).filter((name) => VARIABLES.test(`${name}=`))).toEqual([]);
    expect(run?.["child"]).toContain("PATH=");
    expect(run?.["child"]).not.toMatch(VARIABLES);
    for (const { pid, role } of (await service.status()).processes) {
      if (role === "manage") expect(environmentOf(pid)).toMatch(VARIABLES);
      else expect(environmentOf(pid)).not.toMatch(VARIABLES);
    }
    await service.stop();
  });

  test("mean nothing to a service in the background", async () => {
    const [project, systemd] = await makeProject();
    const env = { ...project.env, NOTIFY_SOCKET: systemd.address, ...WATCHED };
    expect((await project.run(env, "worker:start", "--daemon")).code).toBe(0);
    const { pid } = JSON.parse((await project.run("worker:status", "--json")).stdout) as { pid: number };
    expect(environmentOf(pid)).not.toMatch(VARIABLES);
    expect((await project.run("worker:stop")).code).toBe(0);
    expect(systemd.messages).toEqual([]);
  });
});

test("a service whose messages do not go says so once and works on", async () => {
  const project = await stores.project("sqlite");
  project.configure({ q: { workers: 1 } });
  project.job("waiting", WAITING);
  const address = join(project.folder, "nobody");
  const service = project.launch({ NOTIFY_SOCKET: address, ...WATCHED });
  const warning = `no message goes to ${address}`;
  await until("it says so", () => service.written.includes(warning));
  await service.stop();
  expect((await service.output()).split(warning).length).toBe(2);
});
