import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadScenarios } from "../../chaos/scenario.ts";
import { ROOT } from "../support/markdown.ts";
import { until } from "../support/until.ts";

/** Always the same choices here; `npm run chaos` makes others each time. */
const SEED = "1";
const PATIENCE_MS = 480_000;
const SCENARIOS = (await loadScenarios()).filter((scenario) => scenario.form !== "long");
/** Where the runs of this file work, and nobody else. */
const FOLDER = mkdtempSync(join(tmpdir(), "mpq-"));

afterAll(() => rmSync(FOLDER, { recursive: true }));

function chaos(...args: readonly string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
  const command = [process.execPath, join(ROOT, "chaos/run.ts"), "--short", "--seed", SEED, ...args];
  return Bun.spawn(command, { env: { ...process.env, TMPDIR: FOLDER }, stdio: ["ignore", "pipe", "pipe"] });
}

describe("the short form of chaos", () => {
  let said = "";

  beforeAll(async () => {
    const run = chaos();
    [said] = await Promise.all([run.stdout.text(), run.stderr.text()]);
  }, PATIENCE_MS);

  test.each([...SCENARIOS])("$name: $promise", ({ name }) => {
    // A run's line, and what is indented below it.
    const [, told = "no line"] = new RegExp(`^(${name} .*(?:\n .*)*)`, "m").exec(said) ?? [];
    expect(told).toContain(" ok");
  });

  test("ends by saying how many runs failed", () => {
    expect(said).toEndWith(`${SCENARIOS.length} runs, 0 failed\n`);
  });
});

test("chaos leaves nothing running and no folder when it is interrupted", async () => {
  // A run that failed has left its own.
  const before = new Set(readdirSync(FOLDER));
  const run = chaos("--only", "worker-killed", "--on", "redis/grab");
  await until("its service has workers and a store", () => processesIn(FOLDER).length > 4);
  run.kill("SIGINT");
  expect(await run.exited).toBe(130);
  expect(processesIn(FOLDER)).toEqual([]);
  expect(new Set(readdirSync(FOLDER))).toEqual(before);
});

/** Processes that work in a folder, or were told of it. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      const { cwd, told } = {
        cwd: readlinkSync(`/proc/${pid}/cwd`),
        told: readFileSync(`/proc/${pid}/cmdline`, "utf8"),
      };
      return cwd.startsWith(folder) || told.includes(folder);
    } catch {
      return false; // no process, or one that has just ended
    }
  });
}
