/**
 * Brings a machine that has Node and npm and nothing else to where every script runs: npm packages, Bun, and for the
 * tests a `redis-server`, systemd's tools and `faketime`. What is there already is left as it is, so this costs next to
 * nothing the second time.
 */
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure, must, outputOf, script } from "./command.mjs";
import { FOR_TESTS, findOrInstall } from "./programs.mjs";

/** The top folder of the project. Every command runs there, from wherever the script was started. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULES = join(ROOT, "node_modules");

/** Sees to packages and Bun. Gives Bun's path, and the environment in which commands find it and the packages' tools. */
export async function setUp() {
  if (!packagesMatchLockfile()) await installPackages();
  const bun = findBun();
  const path = [dirname(bun), join(MODULES, ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  return { bun, env: { ...process.env, PATH: path } };
}

/**
 * Tells whether `node_modules` holds what `package-lock.json` says. npm notes what it installed, so the two are
 * compared by content: a fresh checkout gives files new times. A linked `node_modules` belongs to somebody else.
 */
function packagesMatchLockfile() {
  const installed = join(MODULES, ".package-lock.json");
  if (!existsSync(installed)) return false;
  if (lstatSync(MODULES).isSymbolicLink() || !existsSync(join(ROOT, "package-lock.json"))) return true;
  const found = packagesOf(installed);
  return Object.entries(packagesOf(join(ROOT, "package-lock.json"))).every(
    ([path, { version, optional }]) => path === "" || (found[path] ? found[path].version === version : optional),
  );
}

function packagesOf(lockfile) {
  return JSON.parse(readFileSync(lockfile, "utf8")).packages;
}

/**
 * Installs exactly what the lockfile says. `npm ci` refuses one that lacks the optional packages of other platforms, as
 * a registry that does not carry them makes it; `npm install` takes the same versions and goes without those.
 */
async function installPackages() {
  const quiet = ["--no-audit", "--no-fund"];
  if (outputOf("npm", ["ci", ...quiet], ROOT) !== undefined) return;
  await must("npm", ["install", "--no-save", ...quiet], { cwd: ROOT });
}

/**
 * Finds the Bun that npm installed: in the package `bun` once its install script has run, else (npm was told to run no
 * scripts) in the package of this platform that it would have been copied from.
 */
function findBun() {
  const found = bunCandidates().find(isBun);
  if (found !== undefined) return found;
  throw new Failure(`No Bun for ${process.platform}-${process.arch} in ${MODULES}: remove that folder and try again`);
}

function bunCandidates() {
  const platforms = join(MODULES, "@oven");
  const names = existsSync(platforms) ? readdirSync(platforms) : [];
  return [
    join(MODULES, "bun", "bin", "bun.exe"),
    ...names.map((name) => join(platforms, name, "bin", process.platform === "win32" ? "bun.exe" : "bun")),
  ].filter((path) => existsSync(path));
}

/** Until its install script has run, `bun.exe` is a placeholder; archives and some tools lose the execute bit. */
function isBun(path) {
  const version = () => /^\d+\.\d+\.\d+/.test(outputOf(path, ["--version"]) ?? "");
  if (version()) return true;
  try {
    chmodSync(path, 0o755);
  } catch {
    return false; // somebody else's file: the next candidate may do
  }
  return version();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await script(async () => {
    const { bun } = await setUp();
    console.log(`Bun ${outputOf(bun, ["--version"])}: ${bun}`);
    for (const needed of FOR_TESTS) console.log(`${needed.program}: ${await findOrInstall(needed)}`);
  });
}
