/** The commands that tell of commands: `list` and `help`. They get the others when they run, themselves included. */
import { stripVTControlCharacters } from "node:util";
import { renderUsage } from "citty";
import { version } from "../version.ts";
import { JSON_ARG, type Command, command, toCitty } from "./command.ts";
import { hasColours, print, printJson } from "./output.ts";

type AllCommands = () => Promise<readonly Command[]>;
type LoadCommand = (name: string) => Promise<Command>;

export function listOf(all: AllCommands): Command {
  return command({
    name: "list",
    description: "Lists the commands",
    args: { ...JSON_ARG },
    async run({ json }) {
      const commands = await all();
      if (json === true) printJson(commands.map(({ name, description }) => ({ name, description })));
      else printList(commands);
    },
  });
}

export function helpOf(all: AllCommands, load: LoadCommand): Command {
  return command({
    name: "help",
    description: "Shows what a command does and its options",
    args: {
      command: { type: "positional", required: false, description: "The command", valueHint: "command" },
    },
    async run({ command: name }) {
      if (name === undefined) printList(await all());
      else await printHelp(await load(name));
    },
  });
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
