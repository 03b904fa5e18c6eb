import { stripVTControlCharacters } from "node:util";
import { parseArgs, renderUsage } from "citty";
import { didYouMean } from "../config/suggest.ts";
import { EXIT_CODES, EXIT_FAILED, MpqError, isMpqError, reportOf } from "../errors.ts";
import { version } from "../version.ts";
import { type Command, checkArguments, toCitty } from "./command.ts";
import { demo } from "./demo.ts";
import { forgiveLostReader, hasColours, print, printError } from "./output.ts";
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
  demo,
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
    case "list":
    case "--help":
    case "-h":
      return list(name === undefined ? [] : rest);
    case "help":
      return await help(rest[0]);
    case "--version":
    case "-v":
      return print(version);
  }
  const found = find(name);
  if (checkArguments(found, rest) === "help") return await help(found.name);
  await prepare();
  return await found.run(parseArgs(rest as string[], found.args));
}

function find(name: string): Command {
  const found = COMMANDS.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = [...COMMANDS.map((one) => one.name), "list", "help"];
  throw new MpqError("USAGE", `mpq has no command ${JSON.stringify(name)}${didYouMean(name, names)}\nSee "mpq list".`);
}

function list(rest: readonly string[]): void {
  const commands = COMMANDS.map(({ name, description }) => ({ name, description }));
  if (rest.includes("--json")) return print(JSON.stringify(commands));
  const own = [
    { name: "list", description: "Lists the commands" },
    { name: "help", description: "Shows what a command does and its options" },
  ];
  const width = Math.max(...commands.map((one) => one.name.length));
  const lines = [...commands, ...own].map((one) => `  ${one.name.padEnd(width)}  ${one.description}`);
  print(
    [`mpq ${version}: a job queue that supervises its workers`, "", ...lines, "", 'See "mpq help <command>".'].join(
      "\n",
    ),
  );
}

async function help(name: string | undefined): Promise<void> {
  if (name === undefined) return list([]);
  const usage = await renderUsage(toCitty(find(name)));
  print(hasColours() ? usage : stripVTControlCharacters(usage));
}
