import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { MpqError, isMpqError } from "../errors.ts";
import { askService } from "../process/control.ts";
import { Manage } from "../process/manage/manage.ts";
import { Systemd } from "../process/manage/systemd.ts";
import { ownCommand } from "../process/role.ts";
import { serviceFolder } from "../process/service-folder.ts";
import { startLog } from "../telemetry/log.ts";
import { print, printError } from "./output.ts";

export const DAEMON_ARG = {
  daemon: { type: "boolean", alias: "d", description: "Run in the background; returns when every queue is up" },
} as const;

const LOOK_MS = 20;

/**
 * Runs the service here until it is stopped, or starts it in the background and returns when it is up. Only in the foreground
 * it is systemd's, which starts no service that leaves.
 */
export async function startService(config: Config, where: "foreground" | "daemon"): Promise<void> {
  const systemd = Systemd.take(process.env);
  if (where === "daemon") return await startDaemon(config);
  startLog(config.log.level);
  const manage = await Manage.start(config, systemd);
  await manage.ended;
}

/**
 * Starts the service in a session of its own, with its output in a file. Returns when every queue is up; when it does not
 * come up, prints why and throws `START_FAILED`.
 */
async function startDaemon(config: Config): Promise<void> {
  const log = logFile(config);
  const before = sizeOf(log);
  const output = openSync(log, "a", 0o600);
  const flags = config.file === undefined ? [] : ["--config", config.file];
  const child = Bun.spawn([...ownCommand(), "worker:start", ...flags], {
    detached: true,
    // Bun's own default is the environment as it was at the start, with what systemd said to this process.
    env: process.env,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  if (!(await isUp(child, serviceFolder(config).socket))) {
    printError(readFileSync(log).subarray(before).toString().trimEnd());
    throw new MpqError("START_FAILED", `${config.name} did not start; its output stands above and in ${log}`);
  }
  child.unref();
  print(`${config.name} runs in the background: pid ${child.pid}, output in ${log}`);
}

function logFile(config: Config): string {
  const folder = join(config.folder, "logs");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, `${encodeURIComponent(config.name)}.log`);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Waits until the child answers that every queue is up, or ends. */
async function isUp(child: Bun.Subprocess, socket: string): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null) {
    try {
      const { reply } = await askService(socket, { ask: "up" });
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
