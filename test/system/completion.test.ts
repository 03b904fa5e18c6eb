import { afterAll, describe, expect, test } from "bun:test";
import { dirname } from "node:path";
import { allCommands } from "../../src/cli/commands.ts";
import { vocabularyOf } from "../../src/cli/completion/vocabulary.ts";
import { BINARY } from "../support/binary.ts";
import { Project } from "../support/project.ts";
import { Terminal } from "../support/terminal.ts";

const COMMANDS = await allCommands();

const project = new Project();
project.write("my file.ts", "");
project.write("folder/.keep", "");
const env = { ...project.env, PATH: `${dirname(BINARY)}:${project.env["PATH"]}` };
afterAll(() => project.end());

/** What bash offers for each line with the cursor at its end, in one bash that has read the script. */
async function offered(lines: readonly string[]): Promise<string[][]> {
  const script = `source <(mpq completion bash)
    for line; do COMP_LINE=$line COMP_POINT=\${#line}; _mpq; printf '%s\\t' "\${COMPREPLY[@]}"; echo; done`;
  const bash = Bun.spawn(["bash", "-c", script, "bash", ...lines], { cwd: project.folder, env, stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([bash.stdout.text(), bash.stderr.text()]);
  expect(stderr).toBe("");
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t").filter((word) => word !== ""));
}

describe("what bash offers", () => {
  // Of a word with a colon, bash replaces what stands behind it.
  test.each([
    ["mpq wor", ["worker:start", "worker:stop", "worker:restart", "worker:reload", "worker:status"]],
    ["mpq worker:sto", ["stop"]],
    ["mpq nonsense ", []],
    ["mpq --v", ["--version"]],
    ["mpq help queue:cl", ["clean"]],
    ["mpq completion ", ["bash", "zsh", "fish", "--help"]],
    ["mpq queue:push send --prio", ["--priority"]],
    ["mpq queue:push --priority ", ["high", "normal", "low"]],
    ["mpq queue:push --priority=n", ["normal"]],
    ["mpq queue:push -q ", []],
    ["mpq worker:start -c my", ["my file.ts"]],
    ["mpq demo f", ["folder"]],
  ])("for %j is %j", async (line, words) => {
    expect(await offered([line])).toEqual([words]);
  });

  test("has every command, and every option of each", async () => {
    const commands = vocabularyOf(COMMANDS);
    const [first, ...rest] = await offered(["mpq ", ...commands.map(({ name }) => `mpq ${name} --`)]);
    expect(first).toEqual([...commands.map(({ name }) => name), "--help", "--version"]);
    expect(rest).toEqual(commands.map(({ options }) => options.map(({ spellings }) => spellings[0] ?? "")));
  });
});

/** How a shell without a user's settings reads the script, as docs/commands.md says. */
const SHELLS = {
  bash: { command: ["bash", "--norc", "-i"], reads: "source <(mpq completion bash)" },
  zsh: { command: ["zsh", "-f", "-i"], reads: "autoload -U compinit; compinit -D; source <(mpq completion zsh)" },
  fish: { command: ["fish", "--no-config", "-i"], reads: "mpq completion fish | source" },
} as const;

/** Only bash is sure to be there. */
const here = (["bash", "zsh", "fish"] as const).filter((shell) => Bun.which(shell) !== null);

test.each(here)("in %s the tab key completes a command and an option", async (shell) => {
  const { command, reads } = SHELLS[shell];
  const terminal = new Terminal({ folder: project.folder, env: { ...env, PS1: "> " } }, command);
  terminal.type(`${reads}; echo re''ady\n`);
  await terminal.sees("ready");
  terminal.type("mpq queue:cle\t--he\t\n");
  await terminal.sees("Deletes all jobs of a queue");
  terminal.type("exit\n");
  expect(await terminal.end()).toBe(0);
});

test("another shell is refused with the nearest one", async () => {
  const { code, stdout, stderr } = await project.run("completion", "bush");
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain('needs one of bash, zsh, fish, found "bush"; did you mean "bash"?');
});
