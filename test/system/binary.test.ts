import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "../../build.ts";

const SOURCE = join(import.meta.dir, "../../src");
const world = mkdtempSync(join(tmpdir(), "mpq binary-"));
const binary = join(world, "bin", "program");
let folders = 0;

/** A program that loads a project's configuration and jobs as a worker does, runs one job, and prints what it gives. */
const PROGRAM = `
import { loadConfig } from "${SOURCE}/config/load.ts";
import { loadJobs } from "${SOURCE}/config/jobs.ts";
import { provideOwnModule } from "${SOURCE}/config/modules.ts";
import { becomePlainBun } from "${SOURCE}/process/plain.ts";
import * as own from "${SOURCE}/job/job.ts";

becomePlainBun();
const [, , , file, name] = process.argv;
provideOwnModule({ ...own, copy: "inside" });
const config = await loadConfig({ file, folder: process.cwd(), env: process.env });
const job = (await loadJobs(config)).find(name);
const result = job.kind === "class" ? await new job.class({}).handle() : await job.run({});
console.log(JSON.stringify({ service: config.name, result }));
process.exit(0);
`;

beforeAll(async () => {
  const entry = join(world, "program.ts");
  await Bun.write(entry, PROGRAM);
  await compile(entry, binary);
}, 60_000);

afterAll(() => rmSync(world, { recursive: true }));

type Files = Readonly<Record<string, string>>;

async function write(files: Files): Promise<string> {
  const folder = join(world, `project ${++folders}`);
  await Promise.all(Object.entries(files).map(([name, text]) => Bun.write(join(folder, name), text)));
  return folder;
}

/** Runs the job `work` of a project, from a working directory that has nothing to do with it. */
async function runJob(files: Files, workingFolder = world): Promise<unknown> {
  const folder = await write({ "mpq.config.ts": "export default { name: 'here' };", ...files });
  const command = [binary, "run", join(folder, "mpq.config.ts"), "work"];
  const child = Bun.spawn(command, { cwd: workingFolder, stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (stdout === "") throw new Error(`the program printed no result:\n${stderr}`);
  return JSON.parse(stdout);
}

const asResult = (result: unknown): unknown => ({ service: "here", result });

test("a job imports packages, #imports and the paths of its tsconfig.json, wherever the program is started", async () => {
  const files = {
    "package.json": '{ "imports": { "#own": "./own.ts" } }',
    "own.ts": "export const own: string = 'own';",
    "tsconfig.json": '{ "compilerOptions": { "baseUrl": ".", "paths": { "@app/*": ["./app/*"] } } }',
    "app/deep/name.ts": "export enum Name { App = 'app' }",
    "node_modules/old/package.json": '{ "main": "lib/main.js" }',
    "node_modules/old/lib/main.js": "exports.old = require('./part').part;",
    "node_modules/old/lib/part.js": "exports.part = 'old';",
    "node_modules/new/package.json": '{ "type": "module", "exports": { "./part": "./part.js" } }',
    "node_modules/new/part.js": "export const part = await Promise.resolve('new');",
    "jobs/work.ts": `import { old } from "old"; import { part } from "new/part"; import { own } from "#own";
      import { Name } from "@app/deep/name";
      export const work = async (): Promise<string[]> => [old, part, own, Name.App, (await import("../own.ts")).own];`,
  };
  expect(await runJob(files)).toEqual(asResult(["old", "new", "own", "app", "own"]));
});

const DECORATED = {
  "node_modules/meta/index.js": `Reflect.metadata = (key, value) => (target, property) => {
    (target.meta ??= {})[key + ":" + (property ?? "")] = value; };`,
  "jobs/database.ts": "export class Database {}",
  "jobs/work.ts": `import "meta"; import { Database } from "./database";
    const injectable = (target: object): void => void target;
    @injectable
    class Service { constructor(readonly database: Database) {} }
    export const work = (): string[] =>
      (Service as unknown as { meta: Record<string, Function[]> }).meta["design:paramtypes:"].map((type) => type.name);`,
};

test("decorators bring their metadata where tsconfig.json asks for it, also by what it extends", async () => {
  const files = {
    ...DECORATED,
    "tsconfig.json": '{ "extends": "./tsconfig.base.json", /* a comment */ }',
    "tsconfig.base.json": '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
  };
  expect(await runJob(files)).toEqual(asResult(["Database"]));
});

test("decorators bring their metadata where a package's tsconfig.json asks for it", async () => {
  const files = {
    ...DECORATED,
    "tsconfig.json": '{ "extends": "@shared/config" }',
    "node_modules/@shared/config/tsconfig.json":
      '{ "compilerOptions": { "experimentalDecorators": true, "emitDecoratorMetadata": true } }',
  };
  expect(await runJob(files)).toEqual(asResult(["Database"]));
});

const RUNTIME =
  "export const Fragment = 0; export const jsx = (type, props) => [type, props]; export const jsxs = jsx, jsxDEV = jsx;";

test("JSX is made by the runtime that tsconfig.json names, and paths, #imports and stacks stay right", async () => {
  const files = {
    "package.json": '{ "imports": { "#own": "./own.ts" } }',
    "own.ts": "export const own = 'own';",
    "tsconfig.json": `{ "compilerOptions": { "jsx": "react-jsx", "jsxImportSource": "tiny", "paths": { "@app/*": ["./app/*"] } } }`,
    "app/name.ts": "export const folder = import.meta.dir;",
    "node_modules/tiny/jsx-runtime.js": RUNTIME,
    "node_modules/tiny/jsx-dev-runtime.js": RUNTIME,
    "jobs/part.tsx": `interface Props { to: string }

export const Part = ({ to }: Props): unknown => <a href={to}>x</a>;
export function fails(): never {
  throw new Error("here");
}`,
    "jobs/work.ts": `import { Part, fails } from "./part"; import { own } from "#own"; import { folder } from "@app/name";
      const lineOf = (error: Error): string => /part\\.tsx:\\d+/.exec(error.stack ?? "")?.[0] ?? "no line";
      const caught = (): string => { try { return fails(); } catch (error) { return lineOf(error as Error); } };
      export const work = (): unknown[] => [Part({ to: "u" }), own, folder.endsWith("/app"), caught()];`,
  };
  const made = ["a", { href: "u", children: "x" }];
  expect(await runJob(files)).toEqual(asResult([made, "own", true, "part.tsx:5"]));
});

test("multi-process-queue is the program's own, for import and require, also where a copy is installed", async () => {
  const copy = "exports.copy = 'installed'; exports.Job = class Job {};";
  const files = {
    "node_modules/multi-process-queue/package.json": '{ "main": "index.js" }',
    "node_modules/multi-process-queue/index.js": copy,
    "node_modules/dep/index.js": 'exports.Job = require("multi-process-queue").Job;',
    "jobs/work.ts": `import { Job, copy } from "multi-process-queue"; import dep from "dep";
      export class work extends Job { async handle() {
        return [copy, dep.Job === Job, (await import("multi-process-queue")).Job === Job]; } }`,
  };
  expect(await runJob(files)).toEqual(asResult(["inside", true, true]));
});

test("a downloaded program needs no node_modules", async () => {
  const files = {
    "mpq.config.ts": 'import { isJobClass } from "multi-process-queue"; export default { name: typeof isJobClass };',
    "jobs/work.js": 'const { Job } = require("multi-process-queue"); exports.work = () => typeof Job;',
  };
  expect(await runJob(files)).toEqual({ service: "function", result: "function" });
});

test("a bunfig.toml and a .env in the working directory change nothing", async () => {
  const hostile = await write({
    "bunfig.toml": 'preload = ["./evil.ts"]',
    "evil.ts": "console.log('evil'); process.exit(1);",
    ".env": "MPQ_DRIVER_URL=evil:",
    "tsconfig.json": "{ not json",
  });
  const files = { "jobs/work.ts": "export const work = () => process.env.MPQ_DRIVER_URL ?? 'clean';" };
  expect(await runJob(files, hostile)).toEqual(asResult("clean"));
});

test("a script that a job forks or spawns runs as a script, and talks to its parent", async () => {
  const files = {
    "child.ts": `const words: string[] = process.argv.slice(2);
      if (process.send === undefined) { console.log("spawned", ...words); }
      else process.on("message", (message: string) => process.send!([message, ...words], () => process.exit(0)));`,
    "jobs/work.ts": `import { fork, spawnSync } from "node:child_process"; import { once } from "node:events";
      const file = import.meta.dir + "/../child.ts";
      export async function work(): Promise<unknown[]> {
        const child = fork(file, ["a"]);
        child.send("hello");
        const [answer] = await once(child, "message");
        const [code] = await once(child, "exit");
        return [answer, code, spawnSync(process.execPath, [file, "b"]).stdout.toString().trim()];
      }`,
  };
  expect(await runJob(files)).toEqual(asResult([["hello", "a"], 0, "spawned b"]));
});

test("a script that is forked fetches no package from the network", async () => {
  const files = {
    "child.ts": `try { await import("left-pad"); console.log("fetched"); } catch (error) { console.log("not found"); }`,
    "jobs/work.ts": `import { spawnSync } from "node:child_process";
      export const work = () => spawnSync(process.execPath, [import.meta.dir + "/../child.ts"]).stdout.toString().trim();`,
  };
  expect(await runJob(files)).toEqual(asResult("not found"));
});
