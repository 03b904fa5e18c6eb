import { closeSync, openSync, readFileSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { EXIT_CODES, EXIT_FAILED, isMpqError } from "../errors.ts";
import { askService } from "../process/control.ts";
import { Systemd } from "../process/manage/systemd.ts";
import { ownCommand } from "../process/role.ts";
import { serviceFolder } from "../process/service-folder.ts";
import { makeLogFolder } from "../telemetry/log-file.ts";
import { print, printError } from "./output.ts";
import { BACKGROUND, logFolderOf, runService } from "./service.ts";

export const DAEMON_ARG = {
  daemon: { type: "boolean", alias: "d", description: "Run in the background; returns when every queue is up" },
} as const;

const LOOK_MS = 20;
/** What stands outside of the log is little; when it has become so much, it is begun anew. */
const OUTPUT_MAX = 1024 * 1024;

/**
 * Runs the service here until it is stopped, or starts it in the background and returns when it is up. Only in the foreground
 * it is systemd's, which starts no service that leaves. Gives the exit code.
 */
export async function startService(config: Config, where: "foreground" | "daemon"): Promise<number> {
  const systemd = Systemd.take(process.env);
  if (where === "daemon") return await startDaemon(config);
  await runService(config, systemd);
  return 0;
}

/**
 * Starts the service in a session of its own. What it writes outside of its log is kept in a file: what it says until it
 * is up, and the last words of a runtime that breaks. Returns when every queue is up; when it does not come up, prints
 * why. Gives the exit code.
 */
async function startDaemon(config: Config): Promise<number> {
  const folder = logFolderOf(config);
  const file = outputFile(folder, config.name);
  const before = sizeOf(file);
  const output = openSync(file, "a", 0o600);
  const flags = config.file === undefined ? [] : ["--config", config.file];
  const child = Bun.spawn([...ownCommand(), "worker:start", ...flags], {
    detached: true,
    // Bun's own default is the environment as it was at the start, with what systemd said to this process.
    env: { ...process.env, [BACKGROUND]: "1" },
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  if (!(await isUp(child, serviceFolder(config).socket))) {
    printError(readFileSync(file).subarray(before).toString().trimEnd());
    printError(`${config.name} did not start; its output stands above and in ${file}`);
    return failureOf(child);
  }
  child.unref();
  const log = config.log.driver === undefined ? `log in ${folder}` : `output in ${file}`;
  print(`${config.name} runs in the background: pid ${child.pid}, ${log}`);
  return 0;
}

/** The exit code of a service that did not come up, where it says more than that it failed. */
function failureOf({ exitCode }: Bun.Subprocess): number {
  return Object.values(EXIT_CODES).find((code) => code === exitCode) ?? EXIT_FAILED;
}

function outputFile(folder: string, service: string): string {
  makeLogFolder(folder);
  const file = join(folder, `${encodeURIComponent(service)}.out`);
  if (sizeOf(file) > OUTPUT_MAX) truncateSync(file);
  return file;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Waits until the child answers that every queue is up, or ends. */
async function isUp(child: Bun.Subprocess, socket: string): Promise<boolean> {
  const ended = new AbortController();
  void child.exited.then(() => ended.abort());
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const { reply } = await askService(socket, { ask: "up" }, ended.signal);
      if ("pid" in reply && reply.pid === child.pid) return true;
      // Somebody else runs the service, so this one ends and says so.
      await child.exited;
    } catch (error) {
      if (!isMpqError(error) || error.code !== "SERVICE_NOT_RUNNING") throw error;
      await Bun.sleep(LOOK_MS);
    }
  }
  return false;
}
