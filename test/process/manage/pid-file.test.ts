import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MpqError } from "../../../src/errors.ts";
import { claimPidFile, dropPidFile, killHolder } from "../../../src/process/manage/pid-file.ts";
import { type Child, linesOf, nextLine, startChild } from "../../support/child.ts";

const world = mkdtempSync(join(tmpdir(), "mpq-pid-"));
const children: Child[] = [];
let folders = 0;

afterAll(async () => {
  for (const child of children) {
    child.kill("SIGKILL");
    await child.exited;
  }
  rmSync(world, { recursive: true });
});

function newPath(): string {
  const folder = mkdtempSync(join(world, `${++folders}-`));
  return join(folder, "pid");
}

const CLAIM = `
  import { claimPidFile } from "SRC/process/manage/pid-file.ts";
  console.log("ready");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  try {
    claimPidFile(process.argv.at(-1), "shop");
    console.log("held");
  } catch (error) {
    console.log(error.code);
  }
`;

/** Starts a process that claims the file when it is told to, and stays. */
async function claimant(path: string): Promise<{ child: Child; claim: () => Promise<string> }> {
  const child = startChild(CLAIM, path);
  children.push(child);
  const lines = linesOf(child);
  await nextLine(lines);
  const claim = async (): Promise<string> => {
    await child.stdin.write("go\n");
    await child.stdin.flush();
    return await nextLine(lines);
  };
  return { child, claim };
}

function refusalOf(call: () => void): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error("a refusal was expected");
}

test("a claim names this process, and leaves nothing else in the folder", () => {
  const path = newPath();
  claimPidFile(path, "shop");
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
  expect(readdirSync(join(path, ".."))).toEqual(["pid"]);
  dropPidFile(path);
  expect(readdirSync(join(path, ".."))).toEqual([]);
});

test("a second start is refused with the pid of the first", async () => {
  const path = newPath();
  const { child, claim } = await claimant(path);
  expect(await claim()).toBe("held");
  const error = refusalOf(() => claimPidFile(path, "shop"));
  expect(error).toBeInstanceOf(MpqError);
  expect(error).toMatchObject({ code: "SERVICE_RUNNING", message: expect.stringContaining(`pid ${child.pid}`) });
});

test("what a process that was killed left behind is replaced", async () => {
  const path = newPath();
  const { child, claim } = await claimant(path);
  expect(await claim()).toBe("held");
  child.kill("SIGKILL");
  await child.exited;
  claimPidFile(path, "shop");
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
});

test.each(["", "{", "null", "12", '{"pid":"1"}', '{"pid":1,"processStart":"no such time"}'])(
  "a file that holds %j is replaced",
  (text) => {
    const path = newPath();
    writeFileSync(path, text);
    claimPidFile(path, "shop");
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
  },
);

test("a process gives up only what it holds itself", async () => {
  const path = newPath();
  const { child, claim } = await claimant(path);
  expect(await claim()).toBe("held");
  dropPidFile(path);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: child.pid });
});

test("the holder is killed, however it hangs, and another process that has its pid is not", async () => {
  const path = newPath();
  const { child, claim } = await claimant(path);
  expect(await killHolder(path)).toBe(false);
  expect(await claim()).toBe("held");
  const held = readFileSync(path, "utf8");
  for (const processStart of ["1", ""]) {
    writeFileSync(path, JSON.stringify({ pid: child.pid, processStart }));
    expect(await killHolder(path)).toBe(false);
  }
  writeFileSync(path, held);
  child.kill("SIGSTOP");
  expect(child.signalCode).toBeNull();
  expect(await killHolder(path)).toBe(true);
  await child.exited;
  expect(child.signalCode).toBe("SIGKILL");
});

test("of two that start at once one runs, whether or not a stale file is there", async () => {
  for (const stale of [false, true, true, true]) {
    const path = newPath();
    if (stale) writeFileSync(path, '{"pid":1,"processStart":"no such time"}');
    const [one, other] = await Promise.all([claimant(path), claimant(path)]);
    const results = await Promise.all([one.claim(), other.claim()]);
    expect(results.sort()).toEqual(["SERVICE_RUNNING", "held"]);
  }
});
