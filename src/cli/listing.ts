/** The commands that tell of commands: `list` and `help`. */
import { stripVTControlCharacters } from "node:util";
import { renderUsage } from "citty";
import { version } from "../version.ts";
import { JSON_ARG, type Command, command, toCitty } from "./command.ts";
import { allCommands, loadCommand } from "./commands.ts";
import { hasColours, print, printJson } from "./output.ts";

export const list: Command = command({
  name: "list",
  description: "Lists the commands",
  args: { ...JSON_ARG },
  async run({ json }) {
    const commands = await allCommands();
    if (json === true) printJson(commands.map(({ name, description }) => ({ name, description })));
    else printList(commands);
  },
});

export const help: Command = command({
  name: "help",
  description: "Shows what a command does and its options",
  args: {
    command: { type: "positional", required: false, description: "The command", valueHint: "command" },
  },
  async run({ command: name }) {
    if (name === undefined) printList(await allCommands());
    else await printHelp(await loadCommand(name));
  },
});

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
