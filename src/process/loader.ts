/**
 * The loader process: loads what users wrote, the configuration or the job files, tells what is in it, and ends. Their
 * code runs when it is loaded, is loaded only once in a process, and may print, hang or exit; here it does so where nothing
 * else is.
 */
import { type Config, valuesOf } from "../config/config.ts";
import { loadJobs } from "../config/jobs.ts";
import { loadConfig } from "../config/load.ts";
import { MpqError, reportOf } from "../errors.ts";
import { isJobData } from "../job/data.ts";
import { emit } from "../telemetry/events.ts";
import type { OutputHooks } from "./output.ts";
import type { LoaderToCommand, ServiceSettings } from "./protocol.ts";
import { type ChildHooks, type LoaderRole, describeExit, spawnRole } from "./role.ts";

const LOAD_WITHIN_MS = 20_000;

/** Tells the names of all jobs, sorted. Rejects with `START_FAILED` when a file does not load. */
export async function jobNames({ file }: Pick<Config, "file">): Promise<readonly string[]> {
  const said = await ask({ role: "loader", of: "jobs", config: file });
  return said.say === "jobs" ? said.names : [];
}

/** Tells the service's configuration as its file is now, and as events what it prints. Rejects with `START_FAILED` when it will not do. */
export async function freshSettings({ file }: Pick<Config, "file">): Promise<ServiceSettings> {
  const onLines: OutputHooks["onLines"] = (stream, lines) =>
    emit({ event: "loader.output", stream, message: lines.join("\n") });
  const said = await ask({ role: "loader", of: "settings", config: file }, { output: { onLines } });
  if (said.say === "settings") return said.settings;
  throw new MpqError("START_FAILED", `the process that loaded the configuration told ${said.say}, not settings`);
}

async function ask(role: LoaderRole, hooks: Pick<ChildHooks, "output"> = {}): Promise<LoaderToCommand> {
  const loaded = Promise.withResolvers<LoaderToCommand>();
  const fail = (message: string): void => loaded.reject(new MpqError("START_FAILED", message));
  const what = role.of === "jobs" ? "the job files" : "the configuration";
  const child = spawnRole(role, {
    ...hooks,
    onMessage: (said) => {
      if (!isLoaderWord(said)) return;
      if (said.say === "broken") fail(said.error.message);
      else loaded.resolve(said);
    },
    onExit: (exit) => fail(`${what} ended the process that loaded it, ${describeExit(exit)}`),
  });
  const timer = setTimeout(() => {
    fail(`${what} did not load within ${LOAD_WITHIN_MS / 1000} s; look for what waits while it is loaded`);
  }, LOAD_WITHIN_MS);
  try {
    return await loaded.promise;
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}

/** What users wrote can speak on the channel as well. */
function isLoaderWord(said: unknown): said is LoaderToCommand {
  if (!isJobData(said)) return false;
  const { say, names, error, settings } = said;
  if (say === "jobs") return Array.isArray(names) && names.every((name) => typeof name === "string");
  if (say === "settings") return isJobData(settings) && Array.isArray(settings["queues"]);
  return say === "broken" && isJobData(error) && typeof error["message"] === "string";
}

export async function runLoader(role: LoaderRole): Promise<void> {
  tell(await load(role));
}

async function load({ of, config: file }: LoaderRole): Promise<LoaderToCommand> {
  try {
    const config = await loadConfig({ file, folder: process.cwd(), env: process.env });
    if (of === "settings") return { say: "settings", settings: settingsOf(config) };
    const jobs = await loadJobs(config);
    return { say: "jobs", names: jobs.names() };
  } catch (error) {
    return { say: "broken", error: reportOf(error) };
  }
}

/** The configuration without its code. */
export function settingsOf({ name, runDir, driver, queues }: Config): ServiceSettings {
  return { name, runDir, store: driver.label, queues: [...queues.values()].map(valuesOf) };
}

function tell(message: LoaderToCommand): void {
  process.send?.(message);
}
