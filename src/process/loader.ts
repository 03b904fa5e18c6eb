/**
 * The loader process: loads the job files, tells which jobs are in them, and ends. Users' code runs when it is loaded, and
 * may print, hang or exit; here it does so where nothing else is.
 */
import type { Config } from "../config/config.ts";
import { loadJobs } from "../config/jobs.ts";
import { loadConfig } from "../config/load.ts";
import { MpqError, reportOf } from "../errors.ts";
import { isJobData } from "../job/data.ts";
import type { LoaderToCommand } from "./protocol.ts";
import { type LoaderRole, describeExit, spawnRole } from "./role.ts";

const LOAD_WITHIN_MS = 20_000;

/** Tells the names of all jobs, sorted. Rejects with `START_FAILED` when a file does not load. */
export async function jobNames(config: Pick<Config, "file">): Promise<readonly string[]> {
  const loaded = Promise.withResolvers<readonly string[]>();
  const fail = (message: string): void => loaded.reject(new MpqError("START_FAILED", message));
  const hear = (said: unknown): void => {
    if (!isLoaderWord(said)) return;
    if (said.say === "jobs") loaded.resolve(said.names);
    else fail(said.error.message);
  };
  const child = spawnRole(
    { role: "loader", config: config.file },
    {
      onMessage: hear,
      onExit: (exit) => fail(`a job file ended the process that loaded it, ${describeExit(exit)}`),
    },
  );
  const timer = setTimeout(() => {
    fail(`the job files did not load within ${LOAD_WITHIN_MS / 1000} s; look for one that waits while it is loaded`);
  }, LOAD_WITHIN_MS);
  try {
    return await loaded.promise;
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

/** Job files can speak on the channel as well. */
function isLoaderWord(said: unknown): said is LoaderToCommand {
  if (!isJobData(said)) return false;
  const { say, names, error } = said;
  if (say === "jobs") return Array.isArray(names) && names.every((name) => typeof name === "string");
  return say === "broken" && isJobData(error) && typeof error["message"] === "string";
}

export async function runLoader({ config: file }: LoaderRole): Promise<void> {
  tell(await load(file));
}

async function load(file: string | undefined): Promise<LoaderToCommand> {
  try {
    const jobs = await loadJobs(await loadConfig({ file, folder: process.cwd(), env: process.env }));
    return { say: "jobs", names: jobs.names() };
  } catch (error) {
    return { say: "broken", error: reportOf(error) };
  }
}

function tell(message: LoaderToCommand): void {
  process.send?.(message);
}
