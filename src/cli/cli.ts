import { parseArgs } from "citty";
import { EXIT_CODES, EXIT_FAILED, isMpqError, reportOf } from "../errors.ts";
import { version } from "../version.ts";
import { type Command, checkArguments } from "./command.ts";
import { completionOf } from "./completion.ts";
import { demo } from "./demo.ts";
import { doctor } from "./doctor.ts";
import { init } from "./init.ts";
import { findCommand, helpOf, listOf, printHelp, printList } from "./listing.ts";
import { forgiveLostReader, print, printError } from "./output.ts";
import { queueClean } from "./queue-clean.ts";
import { queueDone } from "./queue-done.ts";
import { queueFailed } from "./queue-failed.ts";
import { queuePause, queueResume } from "./queue-pause.ts";
import { queuePush } from "./queue-push.ts";
import { queueRemove } from "./queue-remove.ts";
import { queueRetry } from "./queue-retry.ts";
import { queueShow } from "./queue-show.ts";
import { queueStatus } from "./queue-status.ts";
import { systemdUnit } from "./systemd-unit.ts";
import { workerReload } from "./worker-reload.ts";
import { workerRestart } from "./worker-restart.ts";
import { workerStart } from "./worker-start.ts";
import { workerStatus } from "./worker-status.ts";
import { workerStop } from "./worker-stop.ts";

/** Every command, in the order in which they are listed. */
export const COMMANDS: readonly Command[] = [
  init,
  workerStart,
  workerStop,
  workerRestart,
  workerReload,
  workerStatus,
  queueStatus,
  queueFailed,
  queueDone,
  queueShow,
  queuePush,
  queueRetry,
  queueRemove,
  queueClean,
  queuePause,
  queueResume,
  systemdUnit,
  doctor,
  demo,
  completionOf(() => COMMANDS),
  listOf(() => COMMANDS),
  helpOf(() => COMMANDS),
];

/**
 * Runs one command line and gives its exit code. Whatever goes wrong is printed, never thrown. `prepare` is called before
 * a command that may load files of the user.
 */
export async function runCli(raw: readonly string[], prepare: () => Promise<void>): Promise<number> {
  forgiveLostReader();
  try {
    return (await dispatch(raw, prepare)) ?? 0;
  } catch (error) {
    printError(isMpqError(error) ? error.message : (reportOf(error).stack ?? String(error)));
    return isMpqError(error) ? (EXIT_CODES[error.code] ?? EXIT_FAILED) : EXIT_FAILED;
  }
}

async function dispatch([name, ...rest]: readonly string[], prepare: () => Promise<void>): Promise<number | void> {
  switch (name) {
    case undefined:
    case "--help":
    case "-h":
      return printList(COMMANDS);
    case "--version":
    case "-v":
      return print(version);
  }
  const found = findCommand(COMMANDS, name);
  if (checkArguments(found, rest) === "help") return await printHelp(found);
  await prepare();
  return await found.run(parseArgs(rest as string[], found.args));
}
