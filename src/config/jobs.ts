import { pathToFileURL } from "node:url";
import { MpqError } from "../errors.ts";
import type { Config } from "./config.ts";
import { placeOf, reasonOf } from "./import.ts";
import { JobRegistry } from "./job-registry.ts";

/**
 * Loads every file that the configuration's `jobs` names, and gives the jobs that they export.
 *
 * Throws `START_FAILED` with the file and its error when one does not load, and `CONFIG_INVALID` when two jobs have one
 * name. Files are loaded one after another, sorted, so that a start is like the one before.
 */
export async function loadJobs(config: Pick<Config, "folder" | "jobs">): Promise<JobRegistry> {
  const registry = new JobRegistry();
  for (const file of await findJobFiles(config)) registry.add(file, await importJobs(file));
  return registry;
}

async function findJobFiles({ folder, jobs }: Pick<Config, "folder" | "jobs">): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const pattern of jobs) {
    const glob = new Bun.Glob(pattern.replace(/^(?:\.\/)+/, ""));
    for await (const file of glob.scan({ cwd: folder, absolute: true })) if (mayHoldJobs(file)) files.add(file);
  }
  return [...files].sort();
}

/** Declarations hold no code, and packages none that was meant. */
function mayHoldJobs(file: string): boolean {
  return !/\.d\.[cm]?ts$/.test(file) && !file.includes("/node_modules/");
}

async function importJobs(file: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    throw new MpqError("START_FAILED", `${placeOf(error, file)} does not load: ${reasonOf(error)}`, { cause: error });
  }
}
