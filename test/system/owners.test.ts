import { afterEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY } from "../support/binary.ts";
import { Project } from "../support/project.ts";

/** A user without rights, as who the binary runs when the tests run as root. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const PERMISSIONS = 0o777;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A folder that a user without rights owns, who is not root. */
function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mpq-owners-"));
  ends.push(() => rmSync(folder, { recursive: true }));
  // The executable may lie where only root may look.
  cpSync(BINARY, join(folder, "mpq"));
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  return folder;
}

/** Runs the binary as the owner of the folder. */
function run(folder: string, env: Record<string, string>, ...args: readonly string[]) {
  const as = isRoot ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
  const { stderr, exitCode } = Bun.spawnSync([...as, join(folder, "mpq"), ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, NO_COLOR: "1", ...env },
  });
  return { code: exitCode, stderr: stderr.toString() };
}

function configure(folder: string, runDir: string): void {
  writeFileSync(join(folder, "mpq.config.json"), JSON.stringify({ runDir, queues: { q: {} } }));
}

describe("what belongs to another user is refused:", () => {
  test("the file of an embedded store", () => {
    const result = run(ownFolder(), { MPQ_DRIVER_URL: "sqlite:/etc/passwd" }, "queue:status");
    expect(result.stderr).toContain("sqlite:/etc/passwd belongs to the user 0");
    expect(result.code).toBe(69);
  });

  test("the folder around the service's own", () => {
    const folder = ownFolder();
    mkdirSync(join(folder, "run"));
    chmodSync(join(folder, "run"), 0o777);
    if (isRoot) chownSync(join(folder, "run"), NOBODY, NOBODY);
    configure(folder, "./run");
    const result = run(folder, {}, "worker:start");
    expect(result.stderr).toContain("run may be written by every user; set runDir to a folder of your own");
    expect(result.code).toBe(1);
  });

  test("the service's folder, also when a link leads there", () => {
    const folder = ownFolder();
    mkdirSync(join(folder, "run"));
    symlinkSync("/usr", join(folder, "run", "mpq"));
    if (isRoot) chownSync(join(folder, "run"), NOBODY, NOBODY);
    configure(folder, "./run");
    const result = run(folder, {}, "worker:start");
    expect(result.stderr).toContain("is no folder");
    expect(result.code).toBe(1);
  });

  test("the socket that commands ask", () => {
    const folder = ownFolder();
    configure(folder, "./run");
    mkdirSync(join(folder, "run"));
    mkdirSync(join(folder, "run", "mpq"));
    symlinkSync("/etc/passwd", join(folder, "run", "mpq", "control.sock"));
    const result = run(folder, {}, "worker:status");
    expect(result.stderr).toContain("control.sock belongs to user 0");
    expect(result.code).toBe(1);
  });
});

test("a store that others may write is refused, with what to do", async () => {
  const project = new Project();
  ends.push(() => project.end());
  await project.run("queue:status");
  const file = join(project.folder, "jobs.db");
  chmodSync(file, 0o660);
  const result = await project.run("queue:status");
  expect(result.stderr).toContain('may be written by other users (its mode is 0660); run "chmod 600" on it');
  expect(result.code).toBe(69);
});

test("whatever a service makes is for its user alone", async () => {
  const project = new Project();
  ends.push(() => project.end());
  project.configure({ q: { workers: 1 } });
  project.job("noop", "export function noop() {}");
  const service = await project.start();
  const modes = [
    "run/mpq",
    "run/mpq/control.sock",
    "run/mpq/pid",
    "jobs.db",
    "jobs.db-wal",
    "jobs.db-shm",
    "jobs.db-bells",
  ].map((path) => [path, lstatSync(join(project.folder, path)).mode & PERMISSIONS & 0o077] as const);
  expect(modes.filter(([, open]) => open !== 0)).toEqual([]);
  expect(await service.stop()).toBe(0);
});
