/** The commands that tell of commands: `list` and `help`. They get the list of all when they run, themselves included. */
import { stripVTControlCharacters } from "node:util";
import { renderUsage } from "citty";
import { didYouMean } from "../config/suggest.ts";
import { MpqError } from "../errors.ts";
import { version } from "../version.ts";
import { JSON_ARG, type Command, command, toCitty } from "./command.ts";
import { hasColours, print, printJson } from "./output.ts";

type Commands = () => readonly Command[];

export function listOf(commands: Commands): Command {
  return command({
    name: "list",
    description: "Lists the commands",
    args: { ...JSON_ARG },
    async run({ json }) {
      if (json === true) printJson(commands().map(({ name, description }) => ({ name, description })));
      else printList(commands());
    },
  });
}

export function helpOf(commands: Commands): Command {
  return command({
    name: "help",
    description: "Shows what a command does and its options",
    args: {
      command: { type: "positional", required: false, description: "The command", valueHint: "command" },
    },
    async run({ command: name }) {
      if (name === undefined) printList(commands());
      else await printHelp(findCommand(commands(), name));
    },
  });
}

/** Finds a command by its name. Throws `USAGE`. */
export function findCommand(commands: readonly Command[], name: string): Command {
  const found = commands.find((one) => one.name === name);
  if (found !== undefined) return found;
  const meant = didYouMean(
    name,
    commands.map((one) => one.name),
  );
  throw new MpqError("USAGE", `mpq has no command ${JSON.stringify(name)}${meant}\nSee "mpq list".`);
}

export function printList(commands: readonly Command[]): void {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`);
  const head = `mpq ${version}: a job queue that supervises its workers`;
  print([head, "", ...lines, "", 'See "mpq help <command>".'].join("\n"));
}

export async function printHelp(definition: Command): Promise<void> {
  const usage = await renderUsage(toCitty(definition));
  print(hasColours() ? usage : stripVTControlCharacters(usage));
}
