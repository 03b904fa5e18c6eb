import { describe, expect, test } from "bun:test";
import { readdirSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadScenarios } from "../../chaos/scenario.ts";
import { ROOT } from "../support/markdown.ts";
import { until } from "../support/until.ts";

/** Always the same choices here; `npm run chaos` makes others each time. */
const SEED = "1";
const PATIENCE_MS = 120_000;
const SCENARIOS = (await loadScenarios()).filter((scenario) => scenario.form !== "long");

function chaos(...args: readonly string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  const command = [process.execPath, join(ROOT, "chaos/run.ts"), "--short", "--seed", SEED, ...args];
  return Bun.spawn(command, { stdio: ["ignore", "pipe", "pipe"] });
}

describe("the short form of chaos", () => {
  test.each([...SCENARIOS])(
    "$name: $promise",
    async ({ name }) => {
      const run = chaos("--only", name);
      const [stdout] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited]);
      expect(stdout).toContain("1 runs, 0 failed");
      expect(run.exitCode).toBe(0);
    },
    PATIENCE_MS,
  );

  test("leaves nothing running and no folder when it is interrupted", async () => {
    const before = new Set(foldersOfChaos());
    const run = chaos("--only", "worker-killed");
    const folder = await until("it works in a folder", () => foldersOfChaos().find((name) => !before.has(name)));
    await until("its service has workers", () => processesIn(folder).length > 3);
    run.kill("SIGINT");
    expect(await run.exited).toBe(130);
    expect(processesIn(folder)).toEqual([]);
    expect(foldersOfChaos()).not.toContain(folder);
  });
});

function foldersOfChaos(): string[] {
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith("mpq-chaos-"))
    .map((name) => join(tmpdir(), name));
}

/** Processes that work in a folder. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false; // no process, or one that has just ended
    }
  });
}
