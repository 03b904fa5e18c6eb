import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { EXIT_FAILED, reportOf } from "../errors.ts";
import { Manage, type Surroundings } from "../process/manage/manage.ts";
import type { Systemd } from "../process/manage/systemd.ts";
import { onStrayError } from "../process/stray.ts";
import { emit, heed, listen } from "../telemetry/events.ts";
import { Logger } from "../telemetry/logger.ts";

/** The variable of its environment that a service in the background has. */
export const BACKGROUND = "MPQ_BACKGROUND";

/** Where the log files of a service in the background are. */
export function logFolderOf(config: Config): string {
  return config.log.path ?? join(config.folder, "logs");
}

/** Runs the service in this process until it is stopped, and writes its log. */
export async function runService(config: Config, systemd: Systemd | undefined): Promise<void> {
  const place = process.env[BACKGROUND] === undefined ? "foreground" : "background";
  delete process.env[BACKGROUND];
  const logger = await openLog(config, place);
  const manage = await start(config, { systemd, reopenLog: () => logger.reopen() }, logger);
  // Whoever started it has seen that it is up, and nobody sees stderr from now on.
  if (place === "background") logger.setConsole("off");
  await manage.ended;
  // A reader that has stopped would hold this process for as long as it pleases.
  if (!(await logger.close())) process.exit();
}

async function start(config: Config, surroundings: Surroundings, logger: Logger): Promise<Manage> {
  try {
    return await Manage.start(config, surroundings);
  } catch (error) {
    // The reason is printed by the command, below what was logged.
    await logger.close();
    throw error;
  }
}

async function openLog(config: Config, place: "foreground" | "background"): Promise<Logger> {
  const folder = place === "background" ? logFolderOf(config) : config.log.path;
  const logger = await Logger.open(config.log, { service: config.name, folder });
  if (place === "background") logger.setConsole("on");
  listen((event, at) => logger.take(event, at));
  heed(logger);
  onStrayError((error) => void crash(logger, config.name, error));
  return logger;
}

/** Nothing of manage can be relied on any more. Its end ends masters and workers; the next start takes over their jobs. */
async function crash(logger: Logger, name: string, error: unknown): Promise<never> {
  emit({ event: "service.crashed", name, error: reportOf(error) });
  await logger.close();
  process.exit(EXIT_FAILED);
}
