import { expect, test } from "bun:test";
import { isAlive, machineName, ownIdentity } from "../../src/process/identity.ts";
import { linesOf, nextLine, startChild } from "../support/child.ts";
import { until } from "../support/until.ts";

const TELL = `
  import { machineName, ownIdentity } from "SRC/process/identity.ts";
  console.log(JSON.stringify({ own: ownIdentity(), machine: machineName() }));
  process.stdin.resume();
`;

test("a process is alive until it has ended, and both on one machine give it the same name", async () => {
  const child = startChild(TELL);
  const { own, machine } = JSON.parse(await nextLine(linesOf(child))) as {
    own: ReturnType<typeof ownIdentity>;
    machine: string;
  };
  expect(own.pid).toBe(child.pid);
  expect(machine).toBe(machineName());
  expect(isAlive(own)).toBe(true);
  child.kill("SIGKILL");
  await child.exited;
  expect(isAlive(own)).toBe(false);
});

test("a pid that was given again is another process", () => {
  const own = ownIdentity();
  expect(isAlive(own)).toBe(true);
  expect(isAlive({ ...own, processStart: "1" })).toBe(false);
});

test("a process of another user is alive as well", () => {
  expect(isAlive({ pid: 1, processStart: startOf(1) })).toBe(true);
});

const PARENT = `
  const child = Bun.spawn(["sleep", "60"]);
  console.log(child.pid);
`;

test("a process that has ended and was not yet collected by its parent is not alive", async () => {
  const parent = startChild(PARENT);
  try {
    const pid = Number(await nextLine(linesOf(parent)));
    const identity = { pid, processStart: startOf(pid) };
    expect(isAlive(identity)).toBe(true);
    // A parent that is stopped collects nobody.
    parent.kill("SIGSTOP");
    process.kill(pid, "SIGKILL");
    await until("it is a zombie", () => /^\S+ \(.*\) Z/.test(statOf(pid)));
    expect(isAlive(identity)).toBe(false);
  } finally {
    parent.kill("SIGKILL");
    await parent.exited;
  }
});

/** The start time of a process as the kernel counts it. */
function startOf(pid: number): string {
  const stat = statOf(pid);
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function statOf(pid: number): string {
  return Bun.spawnSync(["cat", `/proc/${pid}/stat`]).stdout.toString();
}
