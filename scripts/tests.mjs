import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./command.mjs";
import { ROOT } from "./setup.mjs";

/** So many files at once: most of what they do is wait. Each owns its world, so none is in another's way. */
const AT_ONCE = 2;

/** No test may wait for ever; one that needs longer says so itself. */
const TIMEOUT_MS = 20_000;

/**
 * Runs every test, or those that `args` names. Prints at the end why tests failed, for that is all that is left of a long
 * run's output where only its end is kept; and as the last line how many passed, failed and were skipped. Gives the exit code.
 */
export async function runTests({ bun, env }, args) {
  const folder = mkdtempSync(join(tmpdir(), "mpq-tests-"));
  const file = join(folder, "junit.xml");
  const reporter = ["--reporter=junit", `--reporter-outfile=${file}`];
  const code = await run(bun, ["test", `--parallel=${AT_ONCE}`, `--timeout=${TIMEOUT_MS}`, ...reporter, ...args], {
    cwd: ROOT,
    env,
  });
  const report = existsSync(file) ? readFileSync(file, "utf8") : ""; // none: the run died before it; its exit code tells
  rmSync(folder, { recursive: true });
  for (const { test, why } of failuresOf(report)) console.log(`\n${test}\n${why}`);
  const counts = countsOf(report, code);
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
  const [total = ""] = /<testsuites\b[^>]*>/.exec(report) ?? [];
  const number = (name) => Number(attribute(total, name) ?? 0);
  return { tests: number("tests"), failures: number("failures"), skipped: number("skipped") };
}

function failuresOf(report) {
  const failed = report.matchAll(/(<testcase\b[^>]*[^/]>)\s*<failure\b[^>]*>([^<]*)/g);
  return Array.from(failed, ([, test, why]) => {
    const [file, line, group, name] = ["file", "line", "classname", "name"].map((one) => attribute(test, one));
    return { test: plain(`${file}:${line}: ${group ? `${group} > ` : ""}${name}`), why: plain(why) };
  });
}

function attribute(tag, name) {
  return new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
}

const ENTITIES = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function plain(xml) {
  return xml.replace(/&(?:#(\d+)|(\w+));/g, (all, code, name) =>
    code === undefined ? (ENTITIES[name] ?? all) : String.fromCodePoint(Number(code)),
  );
}
