import { afterAll, afterEach, describe, expect, test } from "bun:test";
import type { ShownJob } from "../../src/cli/stored-job.ts";
import type { Project } from "../support/project.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const stores = new Stores();
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

/** Runs a script of an application that has the package, in a folder of its own, with a configuration of its own. */
async function runApplication(project: Project, configuration: object, code: string): Promise<unknown> {
  project.installPackage();
  project.write("application/mpq.config.json", JSON.stringify(configuration));
  project.write("application/push.ts", code);
  const { MPQ_DRIVER_URL: _, ...env } = project.env;
  const cwd = `${project.folder}/application`;
  const child = Bun.spawn([process.execPath, "push.ts"], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  const printed = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return JSON.parse(printed);
}

const LEVELS = `import { Job, Queue } from "multi-process-queue";
class Bare extends Job { handle() {} }
class Told extends Bare { static jobName = "Bare"; static timeout = 2; static retries = 2; static retryDelay = 2; }
const ids = [
  await Queue.push("own", Told, undefined, { timeout: 1, retries: 1, retryDelay: 1 }),
  await Queue.push("own", Told),
  await Queue.push("own", Bare),
  await Queue.push("registered", Bare),
  await Queue.push("unknown", Bare),
];
await Queue.close();
console.log(JSON.stringify(ids));
`;

describe.each(["sqlite", "redis"] as const)("the side that pushes, on %s,", (store) => {
  test("decides timeout, retries and delay: options, class, its own configuration, what the service registered, defaults", async () => {
    const project = await stores.project(store);
    const told = (n: number): object => ({ timeout: n, retries: n, retryDelay: n });
    project.configure({ own: { workers: 1, ...told(4) }, registered: { workers: 1, ...told(4) } });
    project.job("jobs", "export function other() {}");
    const service = await project.start();
    for (const queue of ["own", "registered"]) await project.run("queue:pause", "-q", queue);
    const configuration = { driver: project.url, queues: { own: told(3) } };
    const ids = (await runApplication(project, configuration, LEVELS)) as string[];
    const found: unknown[] = [];
    for (const [index, queue] of ["own", "own", "own", "registered", "unknown"].entries()) {
      const { stdout } = await project.run("queue:show", ids[index] ?? "", "-q", queue, "--json");
      const { timeout, retries, retryDelay } = (JSON.parse(stdout) as ShownJob).policy ?? {};
      found.push({ timeout, retries, retryDelay });
    }
    expect(found).toEqual([told(1), told(2), told(3), told(4), { timeout: 120, retries: 3, retryDelay: 3 }]);
    await service.stop();
  });
});

describe.each(COMBINATIONS)("pushing, $store in $mode mode:", ({ store, mode }) => {
  test("a delay is kept to the millisecond, and the job begins when it is over", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode, pollInterval: 3600 } });
    project.job("late", `export function late(data, job) { note("run", job); }`);
    const service = await project.start();
    const delays = [0.001, 0.05, 0.0515, 0.123, 0.25];
    const pushed = Date.now();
    await project.pushAll(
      "q",
      delays.map((delay) => ({ job: "late", id: String(delay), delay })),
    );
    await until("all ran", () => project.steps("run").length === delays.length);
    for (const { job, at } of project.steps("run")) {
      expect(at - pushed).toBeWithin(Math.floor(Number(job) * 1_000), Number(job) * 1_000 + 2_000);
    }
    await service.stop();
  });

  test("a job pushes jobs from inside, to its own service's store and with its service's options", async () => {
    const project = await stores.project(store);
    project.configure({ first: { workers: 1, mode }, second: { workers: 1, mode, retries: 0 } });
    project.job(
      "chain",
      `import { Queue } from "multi-process-queue";
      export async function chain(data, job) {
        note("chain", job, data);
        if (data.left > 0) await Queue.push("first", chain, { left: data.left - 1 });
        else await Queue.pushMany("second", [{ job: "last" }, { job: "last", delay: 0.01 }]);
      }
      export function last(data, job) { note("last", job); throw new Error("no retry: the queue has none"); }`,
    );
    const service = await project.start();
    await project.pushAll("first", [{ job: "chain", data: { left: 3 } }]);
    await until("the last ones failed", async () => (await project.counts("second")).failed === 2);
    expect(project.steps("chain").map(({ left }) => left)).toEqual([3, 2, 1, 0]);
    expect(project.steps("last").length).toBe(2);
    await service.stop();
  });

  test("ids are never reused, also when queue:clean has emptied the queue", async () => {
    const project = await stores.project(store);
    project.configure({ q: { mode } });
    const ids: string[] = [];
    for (let round = 0; round < 2; round++) {
      ids.push(...(await project.pushAll("q", Array(3).fill({ job: "any" }))));
      ids.push((await project.run("queue:push", "-q", "q", "any")).stdout.trim());
      expect((await project.run("queue:clean", "--yes")).code).toBe(0);
    }
    expect(new Set(ids).size).toBe(8);
    expect(ids.toSorted()).toEqual(ids);
    expect(await project.counts("q")).toMatchObject({ pushed: 8, ready: 0 });
  });
});
