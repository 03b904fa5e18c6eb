import { afterEach, expect, test } from "bun:test";
import { readFileSync, readdirSync } from "node:fs";
import { familyOf } from "../../bench/processes.ts";
import { Project } from "../support/project.ts";
import { type TestRedis, startRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const PASSWORD = "s3cret-of-the-store";
const WRONG = "s3cret-that-is-wrong";
/** So many tries come after the first calls were refused. */
const TRIES = 20;
const SIGNING = "s3cret-that-signs-functions";

let server: TestRedis;
let project: Project;
afterEach(async () => {
  await project.end();
  await server.stop();
});

test("no secret is seen in the list of processes, in logs, in what commands print, or in an error", async () => {
  server = await startRedis();
  await server.admin.call("ACL", "SETUSER", "mpq", "on", `>${PASSWORD}`, "~mpq:*", "+@all");
  project = new Project(server.url.replace("://", `://mpq:${PASSWORD}@`));
  const env = { ...project.env, MPQ_SECRET: SIGNING };
  project.configure({ q: { workers: 1, retries: 0 } }, { log: { level: "debug" } });
  project.job("failing", "export function failing() { throw new Error(`no ${Object.keys(process.env).length}`); }");
  const service = await project.start(env);
  const shown: string[] = [];
  const show = async (...words: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await project.run(env, ...words);
    shown.push(stdout, stderr);
  };

  await show("queue:push", "--queue", "q", "failing", "{}");
  await until("the job has failed", async () => (await project.counts("q")).failed === 1);
  await loseStore(server);
  for (const { pid } of familyOf([service.child.pid])) shown.push(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  for (const words of ["worker:status", "queue:status", "queue:failed --queue q", "doctor"]) {
    await show(...words.split(" "));
    await show(...words.split(" "), "--json");
  }
  await show("worker:stop");
  shown.push(await service.output());
  const wrong = { ...env, MPQ_DRIVER_URL: project.url.replace(PASSWORD, WRONG) };
  for (const command of ["worker:start", "queue:status"]) {
    const { stdout, stderr, code } = await project.run(wrong, command);
    expect([code, stderr]).toEqual([69, expect.stringContaining("password")]);
    shown.push(stdout, stderr);
  }

  const all = shown.join("\n");
  expect(all).toContain("failing");
  expect(all).toContain("redis+unix://");
  expect(all).toContain("the store answers again");
  for (const secret of [PASSWORD, WRONG, SIGNING]) expect(all).not.toContain(secret);
  expect(filesThatHold(project.folder, PASSWORD)).toEqual([]);
});

/** Refuses everybody for a while, and lets them in again. */
async function loseStore({ admin }: TestRedis): Promise<void> {
  const dialled = async (): Promise<number> =>
    Number(/^total_connections_received:(\d+)/m.exec(await admin.info())?.[1]);
  const before = await dialled();
  await admin.call("ACL", "SETUSER", "mpq", "resetpass", ">another");
  await admin.call("CLIENT", "KILL", "USER", "mpq");
  await until("all have tried again and again", async () => (await dialled()) > before + TRIES);
  await admin.call("ACL", "SETUSER", "mpq", "resetpass", `>${PASSWORD}`);
}

function filesThatHold(folder: string, text: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => `${entry.parentPath}/${entry.name}`);
  return paths.filter((path) => readFileSync(path, "latin1").includes(text));
}
