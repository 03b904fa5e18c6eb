import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { DEFAULT_NAME } from "../config/config.ts";
import { findConfigFile } from "../config/find.ts";
import { type Command, command, usage } from "./command.ts";
import { type Found, JOB, JOB_DATA, type ProjectFile, QUEUE, filesFor } from "./init/project.ts";
import { print } from "./output.ts";
import { ownName } from "./own-name.ts";

const SELF = { name: "init" } as const;

export const init: Command = command({
  name: SELF.name,
  description: "Makes a project in this folder: a configuration, a job, and the types for your editor",
  args: {},
  async run() {
    const folder = process.cwd();
    const found = look(folder);
    const files = filesFor(found);
    const made = files.filter(({ path, text, instead }) => instead === undefined && wrote(join(folder, path), text));
    print([...told(folder, files, made), "", ...nextSteps(found)].join("\n"));
  },
});

function look(folder: string): Found {
  const name = basename(folder);
  const configuration = findConfigFile(folder);
  const modules = createRequire(join(folder, "any.js")).resolve.paths("multi-process-queue") ?? [];
  return {
    name: FIT_FOR_A_PATH.test(name) ? name : DEFAULT_NAME,
    configuration: configuration && basename(configuration),
    jobs: existsSync(join(folder, "jobs")) ? "jobs/" : undefined,
    npmPackage: modules.map((path) => join(path, "multi-process-queue")).find((path) => existsSync(path)),
  };
}

/** A service's name is part of the path of its socket, which must be short. */
const FIT_FOR_A_PATH = /^[\w-][\w.-]{0,39}$/;

/** Makes a file, and never touches one that is there. Tells whether it made it. */
function wrote(path: string, text: string): boolean {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    if (error.code === "EEXIST") return false;
    throw usage(SELF, `cannot make ${path} (${String(error.code)}); expected a folder that this user may write`);
  }
}

function told(folder: string, files: readonly ProjectFile[], made: readonly ProjectFile[]): string[] {
  const width = Math.max(...files.map(({ path }) => path.length));
  const left = files.filter((file) => !made.includes(file)).map(({ path, instead }) => instead ?? path);
  return [
    made.length === 0 ? `There is nothing to make in ${folder}` : `Made in ${folder}:`,
    ...made.map(({ path, what }) => `  ${path.padEnd(width)}  ${what}`),
    ...(left.length === 0 ? [] : [`Left as it was: ${left.join(", ")}`]),
  ];
}

/** What to type next. A project that had a configuration or jobs before has names of its own. */
function nextSteps({ configuration, jobs }: Found): string[] {
  const mpq = ownName();
  const start = ["Start the service here:", `  ${mpq} worker:start`];
  if (configuration !== undefined || jobs !== undefined)
    return [...start, "See which jobs it finds, and whether all is well:", `  ${mpq} doctor`];
  const push = `queue:push --queue ${QUEUE} ${JOB} '${JSON.stringify(JOB_DATA)}'`;
  return [...start, "Push a job from another terminal:", `  ${mpq} ${push}`];
}
