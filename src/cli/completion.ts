import { didYouMean } from "../config/suggest.ts";
import { type Command, command, usage } from "./command.ts";
import { bashScript } from "./completion/bash.ts";
import { fishScript } from "./completion/fish.ts";
import { type CommandWords, vocabularyOf } from "./completion/vocabulary.ts";
import { zshScript } from "./completion/zsh.ts";
import { print } from "./output.ts";

const SELF = { name: "completion" } as const;

const SCRIPTS: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};
const SHELLS = Object.keys(SCRIPTS);

/** `all` gives every command, this one included, when it runs. */
export function completionOf(all: () => Promise<readonly Command[]>): Command {
  return command({
    name: SELF.name,
    description: "Prints what a shell needs to complete mpq's commands and options",
    args: {
      shell: { type: "positional", required: true, description: "The shell", valueHint: SHELLS.join("|") },
    },
    async run({ shell }) {
      const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
      if (script === undefined) {
        const found = `${JSON.stringify(shell)}${didYouMean(shell, SHELLS)}`;
        throw usage(SELF, `needs one of ${SHELLS.join(", ")}, found ${found}`);
      }
      print(script(vocabularyOf(await all())).trimEnd());
    },
  });
}
