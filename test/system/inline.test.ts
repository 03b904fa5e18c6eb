import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { chmodSync, statSync } from "node:fs";
import { join } from "node:path";
import { runInThisContext } from "node:vm";
import { configure, inline, type JobContext, Queue } from "../../src/index.ts";
import { driverFromUrl } from "../../src/driver/open.ts";
import { encodeEnvelope } from "../../src/job/envelope.ts";
import { newJobId } from "../../src/job/id.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";
import { type SignedCode, signCode } from "../../src/job/signature.ts";
import type { Project } from "../support/project.ts";
import { refusalOf } from "../support/refusal.ts";
import { COMBINATIONS, Stores } from "../support/stores.ts";
import { until } from "../support/until.ts";

const OLD = "the secret of last year";
const NEW = "the secret of this year";

const stores = new Stores();
afterEach(() => Queue.close());
afterEach(() => stores.afterEach());
afterAll(() => stores.afterAll());

/** Writes to the ledger that it ran. Everything that it needs comes in through its data. */
async function note(data: { ledger: string; step: string }, job: JobContext): Promise<void> {
  const { appendFileSync } = await import("node:fs");
  const line = { step: data.step, job: job.id, attempt: job.attempt, pid: process.pid, at: Date.now() };
  appendFileSync(data.ledger, `${JSON.stringify(line)}\n`);
}

const NAMELESS = note.toString().replace("function note", "function");

/** Imports from the project of the worker; written as text, since this project has no such file. */
const greet = runInThisContext(`(async (data, job) => {
  const { greeting } = await import("./lib/greeting.ts");
  const { appendFileSync } = await import("node:fs");
  appendFileSync(data.ledger, JSON.stringify({ step: greeting, job: job.id, name: job.name }) + "\\n");
})`) as (data: { ledger: string }) => Promise<void>;

function pushTo(project: Project, secret?: string | string[]): void {
  configure({ driver: driverFromUrl(project.url), ...(secret === undefined ? {} : { secret }) });
}

const ledgerOf = (project: Project): string => join(project.folder, "ledger.jsonl");

/** The reasons of failed jobs, by their ids. */
async function reasons(project: Project): Promise<Map<string, string[]>> {
  const { jobs } = await (await project.store()).list("q", "failed", 100);
  return new Map(jobs.map((job) => [job.id, (job.record?.attempts ?? []).map((each) => each.error.message)]));
}

describe.each(COMBINATIONS)("jobs that are code, $store in $mode mode", ({ store, mode }) => {
  test("functions that no worker knows run with their data and their job, and may import from the worker's project", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode } }, { secret: NEW });
    project.write("lib/greeting.ts", 'export const greeting: string = "hello from the project";');
    const service = await project.start();
    pushTo(project, NEW);
    const ledger = ledgerOf(project);
    const ids = [
      await Queue.push("q", inline(note), { ledger, step: "named" }),
      await Queue.push("q", greet, { ledger }, 0.01),
      await Queue.push(
        "q",
        () => {
          throw new RangeError("on purpose");
        },
        undefined,
        { retries: 1, retryDelay: 0.01 },
      ),
    ];
    await until("two are done", async () => (await project.counts("q")).done === 2);
    await until("one is failed", async () => (await project.counts("q")).failed === 1);
    expect(project.steps("named")).toMatchObject([{ job: ids[0], attempt: 1 }]);
    expect(project.steps("hello from the project")).toMatchObject([{ job: ids[1], name: "anonymous" }]);
    const { jobs } = await (await project.store()).list("q", "failed", 1);
    expect(jobs[0]?.record?.attempts.map((each) => each.error.message)).toEqual(["on purpose", "on purpose"]);
    expect(jobs[0]?.record?.attempts[0]?.error.stack).toContain("anonymous.pushed.js:2:");
    await service.stop();
  });

  test("code that is unsigned, forged, altered or of an unknown secret fails at once with the reason and never runs", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 2, mode } }, { secret: NEW });
    const ledger = ledgerOf(project);
    const code = (id: string): SignedCode => ({
      queue: "q",
      id,
      name: "note",
      source: note.toString(),
      data: { ledger, step: id },
    });
    /** A job as its pusher would have made it with this secret, and then what somebody did to it. */
    const forge = (secret: string, signedAs: object, change: object): { id: string; envelope: string } => {
      const id = newJobId();
      const own = code(id);
      const signature = signCode({ ...own, ...signedAs }, secret);
      const { name, source } = own;
      const data = JSON.stringify(own.data);
      const text = encodeEnvelope({ name, data, policy: DEFAULT_POLICY, code: { source, signature } });
      const [n, t, r, w, d, more] = JSON.parse(text) as [string, number, number, number, object, object];
      const altered: { n: string; d?: object } = { n, d, ...more, ...change };
      const { n: called, d: given = 0, ...rest } = altered;
      return { id, envelope: JSON.stringify([called, t, r, w, given, rest]) };
    };
    const other = newJobId();
    const refused: [{ id: string; envelope: string }, string][] = [
      [forge(NEW, {}, { g: undefined }), "is not signed"],
      [forge(NEW, {}, { g: "" }), "has a damaged signature"],
      [forge(NEW, {}, { g: `${signCode(code(other), NEW).slice(0, -1)}` }), "has a damaged signature"],
      [forge(NEW, {}, { g: signCode(code(other), NEW) }), "is not what was signed"],
      [forge(NEW, { queue: "r" }, {}), "is not what was signed"],
      [forge(NEW, { id: other }, {}), "is not what was signed"],
      [forge(NEW, {}, { n: "other" }), "is not what was signed"],
      [forge(NEW, {}, { s: `${note.toString()} ` }), "is not what was signed"],
      [forge(NEW, {}, { d: { ledger, step: "altered" } }), "is not what was signed"],
      [forge(NEW, {}, { d: undefined }), "is not what was signed"],
      [forge(OLD, {}, {}), "is signed with a secret"],
    ];
    const right = forge(NEW, {}, {});
    const service = await project.start();
    const jobs = [right, ...refused.map(([job]) => job)].map((job) => ({
      ...job,
      delayMs: 0,
      priority: "normal" as const,
    }));
    await (await project.store()).push("q", jobs, { pusher: newJobId(), number: 1 });
    await until("they are failed", async () => (await project.counts("q")).failed === refused.length);
    await until("the right one is done", async () => (await project.counts("q")).done === 1);
    const found = await reasons(project);
    for (const [{ id }, reason] of refused) {
      expect(found.get(id)).toEqual([expect.stringContaining(`this job is code and was not run: it ${reason}`)]);
    }
    expect(JSON.stringify([...found])).not.toContain(NEW);
    expect(project.ledger().map((line) => line.step)).toEqual([right.id]);
    await service.stop();
  });
});

describe.each(["sqlite", "redis"] as const)("secrets, %s", (store) => {
  test("what was signed with an older secret still runs while that one is listed", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1 } }, { secret: [NEW, OLD] });
    const ledger = ledgerOf(project);
    for (const secret of [OLD, NEW, [NEW, OLD]]) {
      pushTo(project, secret);
      await Queue.push("q", inline(note), { ledger, step: "ran" });
      await Queue.close();
    }
    const service = await project.start();
    await until("all are done", async () => (await project.counts("q")).done === 3);
    expect(project.steps("ran").length).toBe(3);
    await service.stop();
  });

  test("a job that runs in the binary pushes a function in its turn", async () => {
    const project = await stores.project(store);
    project.configure({ q: { workers: 1 } }, { secret: NEW });
    project.job(
      "parent",
      `import { Queue } from "multi-process-queue";
      export async function parent(data) { await Queue.push("q", ${NAMELESS}, data); }
      export async function careless() { await Queue.push("q", () => ledger); }`,
    );
    const service = await project.start();
    await project.pushAll("q", [{ job: "parent", data: { ledger: ledgerOf(project), step: "child" } }]);
    await until("the child has run", () => project.steps("child").length === 1);
    await project.pushAll("q", [{ job: "careless" }]);
    await until("the careless one is failed", async () => (await project.counts("q")).failed === 1);
    expect([...(await reasons(project)).values()][0]?.[0]).toContain("uses ledger (line 1 of it)");
    await service.stop();
  });
});

test("beside an embedded store, a secret is made on first use that its owner alone can read", async () => {
  const project = await stores.project("sqlite");
  project.configure({ q: { workers: 1 } });
  const service = await project.start();
  const file = join(project.folder, "jobs.db.secret");
  const ledger = ledgerOf(project);
  pushTo(project);
  await Queue.push("q", "unknown", {}, 3_600);
  expect(() => statSync(file)).toThrow("ENOENT");
  await Queue.push("q", inline(note), { ledger, step: "ran" });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await until("it is done", async () => (await project.counts("q")).done === 1);
  await Queue.close();
  chmodSync(file, 0o644);
  pushTo(project);
  const refusal = await refusalOf(Queue.push("q", inline(note), { ledger, step: "refused" }));
  expect(refusal).toMatchObject({ code: "SECRET_MISSING", message: expect.stringContaining("has the mode 0644") });
  await service.stop();
  expect(project.ledger().map((line) => line.step)).toEqual(["ran"]);
});

test("without a secret, functions that are pushed to Redis are refused and nothing of their call is stored", async () => {
  const project = await stores.project("redis");
  pushTo(project);
  const refusal = { code: "SECRET_MISSING", message: expect.stringContaining("set MPQ_SECRET") };
  expect(await refusalOf(Queue.push("q", () => 1))).toMatchObject(refusal);
  expect(await refusalOf(Queue.pushMany("q", [{ job: "known" }, { job: () => 1 }]))).toMatchObject(refusal);
  await Queue.push("q", "known");
  expect((await project.counts("q")).ready).toBe(1);
});

test("the source counts into the size that a queue takes", async () => {
  const project = await stores.project("sqlite");
  configure({ driver: driverFromUrl(project.url), queues: { q: { maxSize: 40 } } });
  await Queue.push("q", (data) => data, { n: 1 });
  const refusal = await refusalOf(Queue.push("q", (data) => [data, "a function that is too long"], { n: 1 }));
  expect(refusal).toMatchObject({
    code: "DATA_TOO_LARGE",
    message: expect.stringContaining("the data and source of anonymous is"),
  });
});

describe.each([
  ["Node", "node"],
  ["Bun", process.execPath],
])("from %s", (_, runtime) => {
  test("a function is pushed, and one that uses a variable is refused", async () => {
    const project = await stores.project("redis");
    project.configure({ q: { workers: 1 } }, { secret: NEW });
    const entrypoints = [join(import.meta.dir, "../../src/index.ts")];
    await Bun.build({ entrypoints, outdir: join(project.folder, "app"), target: "node", format: "esm" });
    project.write("app/package.json", '{ "type": "module" }');
    project.write(
      "app/push.js",
      `import { Queue } from "./index.js";
      const [ledger, file] = process.argv.slice(2);
      const refusal = await Queue.push("q", () => file).catch((error) => error);
      console.log(refusal.code, refusal.message);
      const first = Queue.push("q", ${NAMELESS}, { ledger, step: "first" });
      const second = Queue.push("q", "unknown", { step: "second" }, { retries: 0 });
      console.log(await first, await second);
      await Queue.close();`,
    );
    const child = Bun.spawn([runtime, join(project.folder, "app/push.js"), ledgerOf(project), "x"], {
      cwd: join(project.folder, "app"),
      env: { ...project.env, MPQ_SECRET: `${NEW},${OLD}` },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const output = await child.stdout.text();
    expect(await child.exited).toBe(0);
    expect(output).toContain("JOB_INVALID an anonymous function uses file (line 1 of it) of its surroundings");
    const [id = ""] = output.trim().split("\n")[1]?.split(" ") ?? [];
    const { jobs } = await (await project.store()).list("q", "ready", 10);
    expect(jobs.map((job) => job.id === id)).toEqual([true, false]);
    const service = await project.start();
    await until("it is done", async () => (await project.counts("q")).done === 1);
    expect(project.steps("first")).toMatchObject([{ job: id }]);
    await service.stop();
  });
});
