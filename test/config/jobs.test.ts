import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_JOBS } from "../../src/config/config.ts";
import type { JobRegistry } from "../../src/config/job-registry.ts";
import { loadJobs } from "../../src/config/jobs.ts";
import { isMpqError } from "../../src/errors.ts";
import { FinalError } from "../../src/job/final.ts";
import type { JobContext } from "../../src/job/job.ts";

const JOB = JSON.stringify(join(import.meta.dir, "../../src/job/job.ts"));
const CONTEXT: JobContext = {
  id: "1",
  queue: "q",
  name: "n",
  attempt: 1,
  signal: new AbortController().signal,
  final: (message) => new FinalError(message),
};

const world = mkdtempSync(join(tmpdir(), "mpq-jobs-"));
let folders = 0;

afterAll(() => rmSync(world, { recursive: true }));

async function load(files: Readonly<Record<string, string>>, jobs = DEFAULT_JOBS): Promise<JobRegistry> {
  const folder = join(world, String(++folders));
  await Promise.all(Object.entries(files).map(([name, text]) => Bun.write(join(folder, name), text)));
  return loadJobs({ folder, jobs });
}

async function refusalOf(loading: Promise<unknown>): Promise<readonly [string, string]> {
  const error: unknown = await loading.catch((thrown: unknown) => thrown);
  if (!isMpqError(error)) throw new Error(`expected a refusal, got ${Bun.inspect(error)}`);
  return [error.code, error.message];
}

function run(registry: JobRegistry, name: string): unknown {
  const job = registry.find(name);
  return job?.kind === "function" ? job.run({ n: 2 }, CONTEXT) : `${name} is no function`;
}

describe("a worker finds", () => {
  test("a job class by its jobName, else by the name it is exported under", async () => {
    const registry = await load({
      "jobs/mail.ts": `import { Job } from ${JOB};
        class Inner extends Job { handle() {} }
        class Named extends Job { static jobName = "mail.named"; handle() {} }
        export { Inner as SendMail, Named };`,
    });
    expect(registry.find("SendMail")?.kind).toBe("class");
    expect(registry.find("mail.named")?.kind).toBe("class");
    expect(registry.find("Named")).toBeUndefined();
    expect(registry.find("Inner")).toBeUndefined();
  });

  test("a function by the name it is exported under", async () => {
    const registry = await load({ "jobs/a/b.ts": "export const twice = (data: { n: number }) => data.n * 2;" });
    expect(run(registry, "twice")).toBe(4);
  });

  test("a default export by its own name, else by its file's", async () => {
    const registry = await load({
      "jobs/one.ts": "export default function first() { return 1; }",
      "jobs/two.mjs": "export default () => 2;",
      "jobs/three.ts": `import { Job } from ${JOB}; export default class extends Job { handle() {} }`,
      "jobs/four.ts": "export default { build: () => 4 };",
    });
    expect([run(registry, "first"), run(registry, "two"), run(registry, "four.build")]).toEqual([1, 2, 4]);
    expect(registry.find("three")?.kind).toBe("class");
  });

  test("a static method and a function in an object by a name with a dot, called on what holds it", async () => {
    const registry = await load({
      "jobs/reports.ts": `class Base { static shared() { return this.name; } }
        export class Reports extends Base { static by = 3; static build(data) { return this.by * data.n; } }
        export const Tools = { by: 5, build(data) { return this.by * data.n; } };`,
    });
    expect(run(registry, "Reports.build")).toBe(6);
    expect(run(registry, "Tools.build")).toBe(10);
    expect(run(registry, "Reports.shared")).toBe("Reports");
    expect(registry.find("Reports")).toBeUndefined();
    expect(registry.names()).toEqual(["Reports.build", "Reports.shared", "Tools.build"]);
  });

  test("a named export before a default export that would get the same name from the file", async () => {
    const registry = await load({ "jobs/twice.js": "module.exports = { twice: (data) => data.n * 2 };" });
    expect(run(registry, "twice")).toBe(4);
  });

  test("what the files of a CommonJS project export", async () => {
    const registry = await load({ "jobs/old.js": "module.exports = { twice: (data) => data.n * 2 };" });
    expect(run(registry, "twice")).toBe(4);
  });

  test.each([
    "Reports.constructor",
    "Reports.prototype",
    "Reports.call",
    "Tools.toString",
    "Tools.__proto__",
    "Tools.hasOwnProperty",
    "toString",
    "Reports.",
    ".Reports",
    "",
  ])("nothing under %p, which nobody wrote", async (name) => {
    const registry = await load({ "jobs/a.ts": "export class Reports {} export const Tools = {};" });
    expect(registry.find(name)).toBeUndefined();
  });
});

describe("files", () => {
  test("are those that the patterns name, without declarations and packages", async () => {
    const registry = await load(
      {
        "work/a.ts": "export const a = () => 1;",
        "work/a.d.ts": "throw new Error('loaded');",
        "work/node_modules/x/b.ts": "throw new Error('loaded');",
        "more/c.js": "export const c = () => 1;",
        "jobs/d.ts": "throw new Error('loaded');",
      },
      ["./work/**/*.ts", "more/*.js"],
    );
    expect(registry.names()).toEqual(["a", "c"]);
  });

  test("two that export the same thing are no clash", async () => {
    const registry = await load({
      "jobs/a.ts": "export const a = () => 1;",
      "jobs/index.ts": "export * from './a.ts';",
    });
    expect(registry.names()).toEqual(["a"]);
  });

  test("two that export objects of one name are no clash, as long as no job is", async () => {
    const files = { "jobs/a.ts": "export const options = { a: 1 };", "jobs/b.ts": "export const options = { b: 1 };" };
    expect((await load(files)).names()).toEqual([]);
  });

  test("two that export different jobs of one name are refused, and both are named", async () => {
    const files = { "jobs/a.ts": "export const a = () => 1;", "jobs/b.ts": "export const a = () => 2;" };
    const [code, message] = await refusalOf(load(files));
    expect(code).toBe("CONFIG_INVALID");
    expect(message).toMatch(/^Two jobs are called "a": in .*jobs\/a\.ts and in .*jobs\/b\.ts;/);
  });

  test("one that throws when it is loaded stops the start, with its line and its error", async () => {
    const [code, message] = await refusalOf(load({ "jobs/a.ts": "\nthrow new RangeError('boom');" }));
    expect(code).toBe("START_FAILED");
    expect(message).toMatch(/jobs\/a\.ts:2 does not load: RangeError: boom$/);
  });
});
