import { type ArgDef, type ArgsDef, type CommandDef, type ParsedArgs, defineCommand } from "citty";
import { didYouMean } from "../config/suggest.ts";
import { MpqError } from "../errors.ts";

/** One command of `mpq`, as its file describes it. Its name and its description are all that `list` and `help` know. */
export interface Command<Args extends ArgsDef = ArgsDef> {
  readonly name: string;
  readonly description: string;
  readonly args: Args;
  /** The last positional may be given several times; all of them stand in `args._`. */
  readonly rest?: true;
  /** Does it, and gives the exit code when that is not 0. */
  run(args: ParsedArgs<Args>): Promise<number | void>;
}

/** The flags that every command has. */
const COMMON_ARGS = {
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

/** For commands that print data. */
export const JSON_ARG = {
  json: { type: "boolean", description: "Print JSON instead of text" },
} as const;

/** For commands that work on one queue. */
export const QUEUE_ARG = {
  queue: { type: "string", alias: "q", required: true, description: "The queue", valueHint: "name" },
} as const;

/** For commands that work on every queue unless one is named. */
export const ONLY_QUEUE_ARG = {
  queue: { type: "string", alias: "q", description: "Only this queue", valueHint: "name" },
} as const;

/** For commands that show how things stand. */
export const WATCH_ARG = {
  watch: { type: "boolean", alias: "w", description: "Show it again each second, until Ctrl-C" },
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
 * Refuses what the command does not know and misses what it needs: a flag that is spelt wrong must not look as if it had
 * worked. Tells whether the command is to run, or only its help is wanted. Throws `USAGE`.
 */
export function checkArguments(definition: Command, raw: readonly string[]): "run" | "help" {
  const { given, words } = sortArguments(definition, raw);
  if (given.has("help")) return "help";
  const positionals = Object.entries(definition.args).filter(([, arg]) => arg.type === "positional");
  const beyond = words[positionals.length];
  if (beyond !== undefined && definition.rest === undefined)
    throw usage(definition, `does not know what to do with ${JSON.stringify(beyond)}`);
  const missing = positionals.slice(words.length).find(([, arg]) => arg.required !== false);
  if (missing !== undefined) throw usage(definition, `needs <${missing[0]}>`);
  const unset = Object.entries(definition.args).find(
    ([name, arg]) => arg.type !== "positional" && arg.required === true && !given.has(name),
  );
  if (unset !== undefined) throw usage(definition, `needs --${unset[0]}`);
  return "run";
}

interface Sorted {
  /** The names of the flags that are there. */
  readonly given: ReadonlySet<string>;
  /** What is no flag and no value of one. */
  readonly words: readonly string[];
}

function sortArguments(definition: Command, raw: readonly string[]): Sorted {
  const flags = flagsOf(definition.args);
  const given = new Set<string>();
  const words: string[] = [];
  for (let index = 0; index < raw.length; index++) {
    const word = raw[index] ?? "";
    if (word === "--") return { given, words: [...words, ...raw.slice(index + 1)] };
    if (!word.startsWith("-") || word === "-") {
      words.push(word);
      continue;
    }
    const [flag = "", value] = word.startsWith("--") ? word.split("=", 2) : [word];
    const known = flags.get(flag);
    if (known === undefined) throw usage(definition, `has no option ${flag}${didYouMean(flag, flags.keys())}`);
    given.add(known.name);
    if (known.kind === "boolean" && value !== undefined) throw usage(definition, `takes no value with ${flag}`);
    if (known.kind === "boolean" || value !== undefined) continue;
    if (raw[++index] === undefined) throw usage(definition, `needs a value with ${flag}`);
  }
  return { given, words };
}

interface Flag {
  readonly name: string;
  readonly kind: "boolean" | "string";
}

/** Every way to write each flag, and whether it takes a value. */
function flagsOf(args: ArgsDef): Map<string, Flag> {
  const flags = new Map<string, Flag>();
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional") continue;
    const flag: Flag = { name, kind: arg.type === "boolean" ? "boolean" : "string" };
    for (const spelling of spellingsOf(name, arg)) flags.set(spelling, flag);
  }
  return flags;
}

/** Every way to write one flag: its name, then its short forms. */
export function spellingsOf(name: string, arg: ArgDef): readonly string[] {
  const aliases = [("alias" in arg ? arg.alias : undefined) ?? []].flat();
  return [name, ...aliases].map((word) => (word.length === 1 ? `-${word}` : `--${word}`));
}

/** A refusal of how a command was called. */
export function usage(definition: Pick<Command, "name">, problem: string): MpqError {
  return new MpqError("USAGE", `mpq ${definition.name} ${problem}\nSee "mpq ${definition.name} --help".`);
}
