import { type ArgsDef, type CommandDef, type ParsedArgs, defineCommand } from "citty";
import { didYouMean } from "../config/suggest.ts";
import { MpqError } from "../errors.ts";

/** One command of `mpq`, as its file describes it. Its name and its description are all that `list` and `help` know. */
export interface Command<Args extends ArgsDef = ArgsDef> {
  readonly name: string;
  readonly description: string;
  readonly args: Args;
  /** Does it, and gives the exit code when that is not 0. */
  run(args: ParsedArgs<Args>): Promise<number | void>;
}

/** The flags that every command has. */
export const COMMON_ARGS = {
  help: { type: "boolean", alias: "h", description: "Show what the command does and its options" },
} as const;

/** For commands that need the configuration. */
export const CONFIG_ARG = {
  config: {
    type: "string",
    alias: "c",
    description: "The configuration file; else mpq.config.* in this folder",
    valueHint: "file",
  },
} as const;

/** For commands that read. */
export const JSON_ARG = {
  json: { type: "boolean", description: "Print JSON instead of a table" },
} as const;

/** Describes a command. Within it the arguments have their types; outside, all commands look alike. */
export function command<const Args extends ArgsDef>(definition: Command<Args>): Command {
  return { ...definition, args: { ...COMMON_ARGS, ...definition.args } } as unknown as Command;
}

/** The command as citty knows it, which parses its arguments and writes its help. */
export function toCitty(definition: Command): CommandDef {
  const { name, description, args } = definition;
  return defineCommand({ meta: { name: `mpq ${name}`, description }, args });
}

/**
 * Refuses what the command does not know: a flag that is spelt wrong must not look as if it had worked. Throws `USAGE`.
 */
export function checkArguments(definition: Command, raw: readonly string[]): void {
  const flags = flagsOf(definition.args);
  const positionals = Object.values(definition.args).filter((arg) => arg.type === "positional").length;
  let free = 0;
  for (let index = 0; index < raw.length; index++) {
    const word = raw[index] ?? "";
    if (!word.startsWith("-") || word === "-") {
      if (++free > positionals) throw usage(definition, `does not know what to do with ${JSON.stringify(word)}`);
      continue;
    }
    const [flag = "", value] = word.split("=", 2);
    const kind = flags.get(flag);
    if (kind === undefined) throw usage(definition, `has no option ${flag}${didYouMean(flag, flags.keys())}`);
    if (kind === "boolean" && value !== undefined) throw usage(definition, `takes no value with ${flag}`);
    if (kind === "boolean" || value !== undefined) continue;
    if (raw[++index] === undefined) throw usage(definition, `needs a value with ${flag}`);
  }
}

/** Every way to write each flag, and whether it takes a value. */
function flagsOf(args: ArgsDef): Map<string, "boolean" | "string"> {
  const flags = new Map<string, "boolean" | "string">();
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional") continue;
    const kind = arg.type === "boolean" ? "boolean" : "string";
    flags.set(`--${name}`, kind);
    for (const alias of [("alias" in arg ? arg.alias : undefined) ?? []].flat())
      flags.set(alias.length === 1 ? `-${alias}` : `--${alias}`, kind);
  }
  return flags;
}

function usage(definition: Command, problem: string): MpqError {
  return new MpqError("USAGE", `mpq ${definition.name} ${problem}\nSee "mpq ${definition.name} --help".`);
}
