import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./command.mjs";
import { ROOT } from "./setup.mjs";

/** So many files at once: most of what they do is wait. Each owns its world, so none is in another's way. */
const AT_ONCE = 2;

/** No test may wait for ever; one that needs longer says so itself. */
const TIMEOUT_MS = 20_000;

/**
 * Runs every test, or those that `args` names, and prints how many passed, failed and were skipped as the last line.
 * Gives the exit code.
 */
export async function runTests({ bun, env }, args) {
  const folder = mkdtempSync(join(tmpdir(), "mpq-tests-"));
  const report = join(folder, "junit.xml");
  const reporter = ["--reporter=junit", `--reporter-outfile=${report}`];
  const code = await run(bun, ["test", `--parallel=${AT_ONCE}`, `--timeout=${TIMEOUT_MS}`, ...reporter, ...args], {
    cwd: ROOT,
    env,
  });
  const counts = countsOf(report, code);
  rmSync(folder, { recursive: true });
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return code;
}

/** A run that ended badly although each test passed (a file that does not load, a late error) counts as one failure. */
function countsOf(report, code) {
  const { tests, failures, skipped } = totalsOf(report);
  const failed = code === 0 ? failures : Math.max(failures, 1);
  return { passed: tests - failures - skipped, failed, skipped };
}

function totalsOf(report) {
  let xml;
  try {
    xml = readFileSync(report, "utf8");
  } catch {
    xml = ""; // the run died before its report; its exit code tells
  }
  const [total = ""] = /<testsuites\b[^>]*>/.exec(xml) ?? [];
  const number = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(total)?.[1] ?? 0);
  return { tests: number("tests"), failures: number("failures"), skipped: number("skipped") };
}
