import type { ArgDef } from "citty";
import { type Command, spellingsOf } from "../command.ts";

/** What can stand behind `mpq`, told without a shell in mind. */
export interface CommandWords {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionWords[];
  /** What may be given besides options, in its order. */
  readonly words: readonly Value[];
}

export interface OptionWords {
  /** Every way to write it, the long form first. */
  readonly spellings: readonly string[];
  readonly description: string;
  /** Absent for one that takes none. */
  readonly value?: Value;
}

/** What a value may be, as far as a shell can know. */
export type Value =
  | { readonly kind: "file" | "folder" | "text" }
  | { readonly kind: "choice"; readonly choices: readonly string[] };

/** Reads the vocabulary off the commands themselves, so that none is ever missing. */
export function vocabularyOf(commands: readonly Command[]): readonly CommandWords[] {
  const names = commands.map(({ name }) => name);
  return commands.map(({ name, description, args }) => {
    const entries = Object.entries(args);
    const positionals = entries.filter(([, arg]) => arg.type === "positional");
    const options = entries.filter(([, arg]) => arg.type !== "positional");
    return {
      name,
      description,
      options: options.map(([flag, arg]) => optionOf(flag, arg, names)),
      words: positionals.map(([, arg]) => valueOf(arg, names)),
    };
  });
}

function optionOf(name: string, arg: ArgDef, commands: readonly string[]): OptionWords {
  const option = { spellings: spellingsOf(name, arg), description: arg.description ?? "" };
  return arg.type === "boolean" ? option : { ...option, value: valueOf(arg, commands) };
}

/** The hint that stands in the help says it: `file`, `folder`, `command`, or the words to choose from as in `a|b`. */
function valueOf({ valueHint: hint = "" }: ArgDef, commands: readonly string[]): Value {
  if (hint === "command") return { kind: "choice", choices: commands };
  if (hint.includes("|")) return { kind: "choice", choices: hint.split("|") };
  return { kind: hint === "file" || hint === "folder" ? hint : "text" };
}
