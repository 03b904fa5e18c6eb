import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqlite } from "../../src/driver/sqlite/sqlite.ts";
import { readyJobs, startRedisStore, type TestStore } from "./stores.ts";

const SCRIPT = `
import { Queue } from "./index.js";
const one = await Queue.push("mail", "SendMail", { to: "a@example.com" }).catch((error) => error);
if (one instanceof Error) console.log(one.code, one.message);
else console.log(one, ...await Queue.pushMany("mail", [{ job: "A" }, { job: "B" }]));
await Queue.close();
`;

const FORGETFUL = `
import { Queue } from "./index.js";
console.log(await Queue.push("mail", "SendMail"));
`;

/** What the worker of a service sees of the client, with application code that configures another store. */
const IN_SERVICE = `
import { configure, Queue, redis } from ${JSON.stringify(join(import.meta.dir, "../../src/index.ts"))};
import { useStore } from ${JSON.stringify(join(import.meta.dir, "../../src/client/configure.ts"))};
import { defaultQueue } from ${JSON.stringify(join(import.meta.dir, "../../src/config/config.ts"))};
const mail = { ...defaultQueue("mail"), policy: { timeoutMs: 9, retries: 9, retryDelay: 9, retryOnTimeout: true } };
useStore({ driver: redis(process.env.SERVICE_URL), queues: new Map([["mail", mail]]) });
configure({ driver: redis("redis+unix:///nowhere.sock"), queues: { mail: { timeout: 1 } } });
console.log(await Queue.push("mail", "SendMail"));
await Queue.close();
`;

let folder: string;
let store: TestStore;

beforeAll(async () => {
  store = await startRedisStore();
  folder = await mkdtemp(join(tmpdir(), "mpq-runtimes-"));
  const entrypoints = [join(import.meta.dir, "../../src/index.ts")];
  await Bun.build({ entrypoints, outdir: folder, target: "node", format: "esm" });
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "push.js"), SCRIPT);
  await writeFile(join(folder, "forgetful.js"), FORGETFUL);
  await writeFile(join(folder, "in-service.js"), IN_SERVICE);
});

afterAll(async () => {
  await store.end();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly env?: Readonly<Record<string, string>>;
  readonly script?: string;
}

/** Runs a script in a folder of its own below the package, and waits for it to end by itself. */
async function run(runtime: string, place: string, { env = {}, script = "push.js" }: Run = {}): Promise<string> {
  const cwd = join(folder, place);
  await mkdir(cwd, { recursive: true });
  const child = Bun.spawn([runtime, join(folder, script)], {
    cwd,
    env: { PATH: process.env["PATH"], ...env },
    stderr: "inherit",
    timeout: 15_000,
    killSignal: "SIGKILL",
  });
  const output = await child.stdout.text();
  expect(await child.exited).toBe(0);
  return output.trim();
}

describe.each([
  ["Node", "node"],
  ["Bun", process.execPath],
])("in %s", (_, runtime) => {
  test("a script that pushes to Redis and closes ends by itself", async () => {
    const config = `export default { driver: { label: "x", open: () => { throw new Error("not to be read"); } } };`;
    await writeFile(join(folder, "mpq.config.mjs"), config);
    const before = await readyJobs(store.driver, "mail");
    const ids = await run(runtime, "by-url", { env: { MPQ_DRIVER_URL: store.source.label } });
    await rm(join(folder, "mpq.config.mjs"));
    const jobs = await readyJobs(store.driver, "mail");
    expect(jobs.slice(before.length).map((job) => job.id)).toEqual(ids.split(" "));
  });

  test("the configuration file is found above the working directory", async () => {
    const place = join("by-file", "app", "src");
    await mkdir(join(folder, place), { recursive: true });
    const config = { driver: store.source.label, queues: { mail: { timeout: 7 } } };
    await writeFile(join(folder, "by-file", "mpq.config.json"), JSON.stringify(config));
    const [id] = (await run(runtime, place)).split(" ");
    const job = (await readyJobs(store.driver, "mail")).find((each) => each.id === id);
    expect(job?.policy).toMatchObject({ timeoutMs: 7_000, retries: 3 });
  });

  test("a configuration file that is wrong is refused with everything that is wrong in it", async () => {
    await mkdir(join(folder, "wrong"), { recursive: true });
    const config = { queues: { mail: { timeout: -1, retires: 2 } } };
    await writeFile(join(folder, "wrong", "mpq.config.json"), JSON.stringify(config));
    const output = await run(runtime, "wrong");
    expect(output).toStartWith("CONFIG_INVALID");
    expect(output).toContain("queues.mail.timeout is -1");
    expect(output).toContain("queues.mail.retires is no option");
  });
});

test("Node 20 refuses the embedded store, and says what will do", async () => {
  expect(await run("node", "embedded")).toStartWith("RUNTIME_UNSUPPORTED");
});

test("a Node that cannot load TypeScript says how else to name the store", async () => {
  await mkdir(join(folder, "typescript"), { recursive: true });
  await writeFile(join(folder, "typescript", "mpq.config.ts"), "export default {};");
  const output = await run("node", "typescript");
  expect(output).toStartWith("RUNTIME_UNSUPPORTED");
  expect(output).toContain("MPQ_DRIVER_URL or configure({ driver })");
});

test("a script that forgets to close the embedded store ends all the same", async () => {
  const id = await run(process.execPath, "forgetful", { script: "forgetful.js" });
  const driver = await sqlite(join(folder, "forgetful", "mpq.db")).open();
  expect((await readyJobs(driver, "mail")).map((job) => job.id)).toEqual([id]);
  await driver.close();
});

test("a job in a worker pushes to the store of its service, whatever the code that it shares configures", async () => {
  const env = { SERVICE_URL: store.source.label };
  const id = await run(process.execPath, "service", { env, script: "in-service.js" });
  const job = (await readyJobs(store.driver, "mail")).find((each) => each.id === id);
  expect(job?.policy).toEqual({ timeoutMs: 9, retries: 9, retryDelay: 9, retryOnTimeout: true });
});
