import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import type { PushItem } from "../../src/client/pushable.ts";
import type { ServiceStatus } from "../../src/process/control.ts";
import { LEASE_MS } from "../../src/process/lease.ts";
import type { Project, Service } from "../support/project.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

/** A configuration whose name and folder come from the environment, so that one project has several services. */
const configOf = (queue: object): string => `export default {
  name: process.env.SERVICE,
  runDir: process.env.RUN_DIR ?? "./run",
  queues: { q: ${JSON.stringify(queue)} },
};`;

const MEETING = `import { readFileSync } from "node:fs";
export async function meet(data, job) {
  note("start", job, { service: process.env.SERVICE });
  while (readFileSync(ledger, "utf8").split("\\n").length <= data.together) await Bun.sleep(2);
}`;

type Env = Readonly<Record<string, string>>;

async function startAs(project: Project, env: Env & { readonly SERVICE: string }): Promise<Service> {
  const service = project.launch(env);
  await until(`${env.SERVICE} is up`, () => service.written.includes(`${env.SERVICE} is up`));
  return service;
}

async function statusOf(project: Project, env: Env): Promise<ServiceStatus> {
  const { stdout } = await project.run({ ...project.env, ...env }, "worker:status", "--json");
  return JSON.parse(stdout) as ServiceStatus;
}

describe.each(COMBINATIONS)("several services, $store in $mode mode,", ({ store, mode }) => {
  test("share the work of a queue, and run on one host when each has a name", async () => {
    const project = await stores.project(store);
    project.write("mpq.config.ts", configOf({ workers: 1, mode, prefetch: 0 }));
    project.job("meet", MEETING);
    const [one, two] = [{ SERVICE: "one" }, { SERVICE: "two" }];
    const first = await startAs(project, one);
    const second = await startAs(project, two);
    expect(await statusOf(project, one)).toMatchObject({ service: "one", pid: first.child.pid });
    expect(await statusOf(project, two)).toMatchObject({ service: "two", pid: second.child.pid });

    const meetings: PushItem[] = [1, 2].map(() => ({ job: "meet", data: { together: 2 } }));
    await project.pushAll("q", meetings);
    await until("both are done", async () => (await project.counts("q")).done === 2);
    expect(new Set(project.steps("start").map(({ service }) => service))).toEqual(new Set(["one", "two"]));

    expect((await project.run({ ...project.env, ...one }, "worker:stop")).code).toBe(0);
    expect(await first.child.exited).toBe(0);
    await project.pushAll("q", [{ job: "meet", data: { together: 0 } }]);
    await until("the other one goes on", async () => (await project.counts("q")).done === 3);
    expect(await second.stop()).toBe(0);
  });
});

test("when a host dies, its jobs are taken over by another in seconds, in both modes, also with timeout 0", async () => {
  const project = await stores.project("redis");
  const modes = ["distribute", "grab"] as const;
  const queues = Object.fromEntries(modes.map((mode) => [mode, { workers: 1, mode }]));
  project.write(
    "mpq.config.ts",
    `export default { name: process.env.SERVICE, runDir: "./run", queues: ${JSON.stringify(queues)} };`,
  );
  project.job(
    "held",
    `export async function held(data, job) {
      note("start", job, { service: process.env.SERVICE, queue: job.queue });
      if (process.env.SERVICE === "lost") await new Promise(() => setInterval(() => {}, 1_000));
    }`,
  );
  const lost = await startAs(project, { SERVICE: "lost" });
  for (const mode of modes) await project.pushAll(mode, [{ job: "held", timeout: 0, retries: 0 }]);
  await until("both run", () => project.steps("start").length === 2);
  const { processes } = await statusOf(project, { SERVICE: "lost" });
  const other = await startAs(project, { SERVICE: "other" });
  for (const { pid } of processes) process.kill(pid, "SIGKILL");
  const died = Date.now();
  await lost.child.exited;
  for (const mode of modes) {
    await until("it is done", async () => (await project.counts(mode)).done === 1, LEASE_MS * 2);
    const run = project.steps("start").find((line) => line["service"] === "other" && line["queue"] === mode);
    expect(run).toMatchObject({ attempt: 1 });
    expect((run?.at ?? 0) - died).toBeLessThan(LEASE_MS * 2);
  }
  expect(await other.stop()).toBe(0);
}, 60_000);

describe.each(["sqlite", "redis"] as const)("a name that is taken, on %s,", (store) => {
  test.each([
    ["the same run directory", {}],
    ["another run directory", { RUN_DIR: "./other" }],
  ])("is refused with the holder's pid and host in %s", async (_, env) => {
    const project = await stores.project(store);
    project.write("mpq.config.ts", configOf({ workers: 1 }));
    project.job("meet", MEETING);
    const own = { SERVICE: "one" };
    const service = await startAs(project, own);
    const { code, stderr } = await project.run({ ...project.env, ...own, ...env }, "worker:start");
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        new RegExp(`service "one" runs already.*: pid ${service.child.pid} on ${hostname()};.* another name`),
      ),
    });
    expect(await statusOf(project, own)).toMatchObject({ pid: service.child.pid });
    expect(await service.stop()).toBe(0);
  });
});

describe.each(["distribute", "grab"] as const)("hosts whose clocks differ, on redis in %s mode,", (mode) => {
  const DAY_MS = 86_400_000;

  test("agree on what is due, since nothing trusts a client's clock", async () => {
    const project = await stores.project("redis");
    const shift = `const real = Date.now; Date.now = () => real() + ${DAY_MS};`;
    project.write("mpq.config.ts", `${shift}\n${configOf({ workers: 1, mode })}`);
    project.job("jobs", `export function late(data, job) { note("late", job); throw new Error("no"); }`);
    const service = await startAs(project, { SERVICE: "one" });
    const pushed = Date.now();
    await project.pushAll("q", [
      { job: "late", delay: 0.4, retries: 1, retryDelay: 0.2 },
      { job: "late", delay: 3600 },
    ]);
    await until("it is failed", async () => (await project.counts("q")).failed === 1);
    const [first, second] = project.steps("late").map(({ at }) => at - DAY_MS - pushed);
    expect(first).toBeWithin(395, 5_000);
    expect((second ?? 0) - (first ?? 0)).toBeWithin(195, 5_000);
    expect(await project.counts("q")).toMatchObject({ delayed: 1, ready: 0 });
    const { jobs } = await (await project.store()).list("q", "failed", 1);
    expect(Math.abs(Date.parse(jobs[0]?.failedAt ?? "") - Date.now())).toBeLessThan(DAY_MS / 2);
    expect(await service.stop()).toBe(0);
  });
});
