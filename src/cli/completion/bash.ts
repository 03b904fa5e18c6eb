import type { CommandWords, Value } from "./vocabulary.ts";

/**
 * The script for bash. It reads the words off the line itself: bash takes a colon for the end of a word, and every
 * command of mpq has one. What bash took for an earlier word is cut off what it is offered.
 */
export function bashScript(commands: readonly CommandWords[]): string {
  return `_mpq() {
  local line=\${COMP_LINE:0:COMP_POINT} word previous offers= kind= reply IFS=$' \\t\\n'
  local -a words
  read -r -a words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  word=\${words[\${#words[@]}-1]}
  previous=\${words[\${#words[@]}-2]}
  COMPREPLY=()

  if [[ $word == --*=* ]]; then
    previous=\${word%%=*}
    word=\${word#*=}
  fi
  if (( \${#words[@]} == 2 )); then
    offers="${commands.map(({ name }) => name).join(" ")} --help --version"
  else
    case "\${words[1]} $previous" in
${commands.flatMap(valueCases).join("\n")}
      *)
        case "\${words[1]}" in
${commands.map(commandCase).join("\n")}
        esac
        ;;
    esac
  fi

  case $kind in
    file) while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -f -- "$word") ;;
    folder) while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -d -- "$word") ;;
    *) COMPREPLY=($(compgen -W "$offers" -- "$word")) ;;
  esac
  [[ -n $kind ]] && compopt -o filenames 2> /dev/null
  if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local before=\${word%"\${word##*:}"}
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}
complete -F _mpq mpq
`;
}

/** The options of a command that take a value: what may stand behind each. */
function valueCases({ name, options }: CommandWords): string[] {
  return options.flatMap(({ spellings, value }) => {
    if (value === undefined) return [];
    const patterns = spellings.map((spelling) => `"${name} ${spelling}"`).join("|");
    return `      ${patterns}) ${settingOf(value)} ;;`;
  });
}

/** What may stand anywhere else behind a command. An option is offered in its long form, the first. */
function commandCase({ name, options, words }: CommandWords): string {
  const flags = options.flatMap(({ spellings }) => spellings.slice(0, 1));
  const [word = { kind: "text" } as const] = words;
  const choices = word.kind === "choice" ? word.choices : [];
  const offers = [...choices, ...flags].join(" ");
  const kind = word.kind === "file" || word.kind === "folder" ? `; [[ $word == -* ]] || kind=${word.kind}` : "";
  return `          ${name}) offers="${offers}"${kind} ;;`;
}

function settingOf(value: Value): string {
  if (value.kind === "choice") return `offers="${value.choices.join(" ")}"`;
  return value.kind === "text" ? ":" : `kind=${value.kind}`;
}
