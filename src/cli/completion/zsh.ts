import type { CommandWords, OptionWords, Value } from "./vocabulary.ts";

/** The script for zsh: as a file `_mpq` in a folder of `fpath`, or read into a shell that has run `compinit`. */
export function zshScript(commands: readonly CommandWords[]): string {
  return `#compdef mpq
_mpq() {
  local -a commands
  commands=(
${commands.map(({ name, description }) => `    ${quoted(`${escaped(name)}:${description}`)}`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands 'command' commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
${commands.map(caseOf).join("\n")}
  esac
}
if [[ $funcstack[1] == _mpq ]]; then _mpq "$@"; else compdef _mpq mpq; fi
`;
}

function caseOf({ name, options, words }: CommandWords): string {
  const positionals = words.map((value, index) => quoted(`${index + 1}:word:${actionOf(value)}`));
  const lines = ["_arguments", ...options.map(optionSpec), ...positionals];
  return `    ${name})\n      ${lines.join(" \\\n        ")}\n      ;;`;
}

/** One option in any of its spellings, which exclude each other. */
function optionSpec({ spellings, description, value }: OptionWords): string {
  const rest = `[${escaped(description)}]${value === undefined ? "" : `:value:${actionOf(value)}`}`;
  const forms = spellings.map((spelling) =>
    value !== undefined && spelling.startsWith("--") ? `${spelling}=` : spelling,
  );
  const [only = ""] = forms;
  if (forms.length === 1) return quoted(only + rest);
  return `${quoted(`(${spellings.join(" ")})`)}{${forms.join(",")}}${quoted(rest)}`;
}

function actionOf(value: Value): string {
  if (value.kind === "choice") return `(${value.choices.map(escaped).join(" ")})`;
  if (value.kind === "file") return "_files";
  return value.kind === "folder" ? "_files -/" : " ";
}

/** A colon and a bracket end a part of what zsh is told. */
function escaped(text: string): string {
  return text.replaceAll(/[:[\]\\]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
