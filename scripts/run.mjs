/** What `npm run <word>` does. Every word does its own set-up. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure, must, run, script } from "./command.mjs";
import { FAKETIME, FOR_TESTS, REDIS, findOrInstall } from "./programs.mjs";
import { ROOT, setUp } from "./setup.mjs";
import { runTests } from "./tests.mjs";

const SOURCES = ["src", "test", "scripts", "bench", "chaos", "examples", "build.ts"].filter((name) =>
  existsSync(join(ROOT, name)),
);

const CHECKS = [
  ["oxfmt", "--check", ...SOURCES],
  ["oxlint", "--type-aware", "--deny-warnings", ...SOURCES],
  ["tsc", "-p", "."],
  ["knip"],
];

const WORDS = {
  async build(tools, args) {
    await build(tools, args);
  },
  async demo(tools, args) {
    await build(tools, ["binary"]);
    return run(join(ROOT, "dist", "mpq"), ["demo", ...args], { env: tools.env });
  },
  async test(tools, args) {
    for (const needed of FOR_TESTS) await findOrInstall(needed);
    await build(tools, []);
    return runTests(tools, args);
  },
  async bench(tools, args) {
    await findOrInstall(REDIS);
    await build(tools, ["binary"]);
    return run(tools.bun, [join(ROOT, "bench", "run.ts"), ...args], { cwd: ROOT, env: tools.env });
  },
  async chaos(tools, args) {
    await findOrInstall(REDIS);
    await findOrInstall(FAKETIME);
    await build(tools, ["binary"]);
    return run(tools.bun, [join(ROOT, "chaos", "run.ts"), ...args], { cwd: ROOT, env: tools.env });
  },
  /** Every check, also after one that failed: who mends things wants to see them all. */
  async check(tools) {
    let failed = 0;
    for (const [tool, ...args] of CHECKS) {
      const code = await run(tool, args, { cwd: ROOT, env: tools.env });
      failed ||= code;
    }
    return failed;
  },
  async fix(tools) {
    const here = { cwd: ROOT, env: tools.env };
    await must("oxfmt", SOURCES, here);
    await must("oxlint", ["--type-aware", "--fix", ...SOURCES], here);
  },
};

function build({ bun, env }, args) {
  return must(bun, [join(ROOT, "build.ts"), ...args], { cwd: ROOT, env });
}

await script(async () => {
  const [word, ...args] = process.argv.slice(2);
  if (!Object.hasOwn(WORDS, word ?? ""))
    throw new Failure(`Usage: node scripts/run.mjs ${Object.keys(WORDS).join("|")}`, 2);
  return WORDS[word](await setUp(), args);
});
