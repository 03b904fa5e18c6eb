import { parseArgs } from "citty";
import { EXIT_CODES, EXIT_FAILED, isMpqError, reportOf } from "../errors.ts";
import { version } from "../version.ts";
import { checkArguments } from "./command.ts";
import { allCommands, loadCommand } from "./commands.ts";
import { forgiveLostReader, print, printError } from "./output.ts";

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
      return (await import("./listing.ts")).printList(await allCommands());
    case "--version":
    case "-v":
      return print(version);
  }
  const found = await loadCommand(name);
  if (checkArguments(found, rest) === "help") return await (await import("./listing.ts")).printHelp(found);
  await prepare();
  return await found.run(parseArgs(rest as string[], found.args));
}
