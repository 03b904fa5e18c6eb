/**
 * Builds what is shipped: the executable `dist/mpq`, and the npm package in `dist/npm`. `npm run build` runs it.
 *
 * Name parts to build only those: `npm run build binary`.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { ambientTypes } from "./scripts/ambient-types.ts";

const ROOT = import.meta.dir;
const DIST = join(ROOT, "dist");
const NPM = join(DIST, "npm");

/** The npm package's modules, by the name that they are imported under. */
const MODULES = { index: "src/index.ts", "driver-contract": "test/driver/contract.ts" };

/** What the npm package leaves to whoever installs it: its one dependency, and what the runtime brings. */
const EXTERNAL = ["ioredis", "node:*", "bun:*"];

const PARTS: Readonly<Record<string, () => Promise<readonly string[]>>> = { binary: buildBinary, npm: buildNpm };

/**
 * Compiles a program into one executable, with everything that a program which loads its users' files needs.
 *
 * Their package.json and tsconfig.json are honoured, or no import of theirs would be found. A bunfig.toml or .env in the
 * working directory is not: the first can run code before ours, and either would change a service by where it is
 * started. The source map keeps stacks readable, the bytecode halves the time to start, and the parts that are loaded one
 * by one halve it again: each brings the modules of the runtime that it needs, and no others. `define` gives names of the
 * program their values.
 */
export async function compile(entry: string, outfile: string, define: Record<string, string> = {}): Promise<void> {
  const outputs = await bundle({
    entrypoints: [entry],
    target: "bun",
    format: "esm",
    minify: true,
    sourcemap: "linked",
    bytecode: true,
    splitting: true,
    define: { ...define, "process.env.NODE_ENV": JSON.stringify("production") },
    compile: {
      outfile,
      autoloadPackageJson: true,
      autoloadTsconfig: true,
      autoloadBunfig: false,
      autoloadDotenv: false,
    },
  });
  // The maps are in the executable as well; the files beside it serve nobody.
  const maps = outputs.filter(({ kind }) => kind === "sourcemap");
  await Promise.all(maps.map(({ path }) => rm(path, { force: true })));
}

async function buildBinary(): Promise<readonly string[]> {
  const outfile = join(DIST, "mpq");
  await compile(join(ROOT, "src", "main.ts"), outfile, { MPQ_TYPES: JSON.stringify(await bundleTypes()) });
  return [outfile];
}

/** The types that the executable carries for projects without the npm package. */
async function bundleTypes(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mpq-types-"));
  try {
    declareTypes(folder);
    return await ambientTypes(join(folder, "src"), "index.d.ts");
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function buildNpm(): Promise<readonly string[]> {
  await rm(NPM, { recursive: true, force: true });
  const types = join(NPM, "types");
  declareTypes(types);
  for await (const file of new Bun.Glob("**/*.d.ts").scan({ cwd: types, absolute: true })) await importJs(file);
  return [types, ...(await Promise.all(Object.entries(MODULES).map(([name, entry]) => buildModule(name, entry))))];
}

async function buildModule(name: string, entry: string): Promise<string> {
  await bundle({
    entrypoints: [join(ROOT, entry)],
    outdir: NPM,
    naming: `${name}.js`,
    target: "node",
    format: "esm",
    external: EXTERNAL,
  });
  const types = `./types/${entry.replace(/\.ts$/, ".js")}`;
  await Bun.write(join(NPM, `${name}.d.ts`), `export * from ${JSON.stringify(types)};\n`);
  return join(NPM, `${name}.js`);
}

function declareTypes(folder: string): void {
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  const { exitCode, stdout } = Bun.spawnSync([tsc, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", folder]);
  if (exitCode !== 0) throw new Error(`The package's types cannot be declared:\n${stdout.toString()}`);
}

/** The compiler leaves the ending .ts in declarations, for which there is no such file. */
async function importJs(file: string): Promise<void> {
  const text = await Bun.file(file).text();
  await Bun.write(file, text.replaceAll(/\b(from |import\()"(\.[^"]*)\.ts"/g, '$1"$2.js"'));
}

async function bundle(options: Bun.BuildConfig): Promise<readonly Bun.BuildArtifact[]> {
  const { success, logs, outputs } = await Bun.build({ ...options, throw: false });
  if (!success) throw new Error(`${options.entrypoints.join(", ")} cannot be built:\n${logs.map(String).join("\n")}`);
  return outputs;
}

async function sizeOf(path: string): Promise<number> {
  const files = new Bun.Glob("**/*").scan({ cwd: dirname(path), absolute: true });
  let size = 0;
  for await (const file of files) if (file === path || file.startsWith(`${path}/`)) size += Bun.file(file).size;
  return size;
}

function printed(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

if (import.meta.main) {
  const named = process.argv.slice(2);
  const wanted = named.length > 0 ? named : Object.keys(PARTS);
  for (const name of wanted) {
    const build = PARTS[name];
    if (build === undefined)
      throw new Error(`No part is called ${name}; there are ${Object.keys(PARTS).join(" and ")}`);
    for (const path of await build()) console.log(`${relative(ROOT, path)}  ${printed(await sizeOf(path))}`);
  }
}
