import type { CommandWords, OptionWords, Value } from "./vocabulary.ts";

/** The script for fish: one line for each thing that can be completed. */
export function fishScript(commands: readonly CommandWords[]): string {
  const lines = [
    "complete -c mpq -f",
    ...commands.map(({ name, description }) => line("__fish_use_subcommand", ["-a", quoted(name)], description)),
    ...commands.flatMap(linesOf),
  ];
  return `${lines.join("\n")}\n`;
}

function linesOf({ name, options, words }: CommandWords): string[] {
  const behind = `__fish_seen_subcommand_from ${name}`;
  const [first] = words;
  const values = first === undefined ? [] : wordsFor(first);
  return [
    ...options.map((option) => line(behind, spelt(option), option.description)),
    ...(values.length === 0 ? [] : [line(behind, values, "")]),
  ];
}

function spelt({ spellings, value }: OptionWords): readonly string[] {
  const names = spellings.map((word) => (word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`));
  if (value === undefined) return names;
  return [...names, value.kind === "file" ? "-r" : "-x", ...wordsFor(value)];
}

function wordsFor(value: Value): readonly string[] {
  if (value.kind === "choice") return ["-a", quoted(value.choices.join(" "))];
  if (value.kind === "file") return ["-F"];
  return value.kind === "folder" ? ["-a", "'(__fish_complete_directories)'"] : [];
}

function line(condition: string, words: readonly string[], description: string): string {
  const told = description === "" ? [] : ["-d", quoted(description)];
  return ["complete -c mpq -n", quoted(condition), ...words, ...told].join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, "\\$&")}'`;
}
