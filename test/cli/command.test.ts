import { describe, expect, test } from "bun:test";
import { allCommands, loadCommand } from "../../src/cli/commands.ts";
import { checkArguments, command } from "../../src/cli/command.ts";

const COMMANDS = await allCommands();

const one = command({
  name: "one",
  description: "Takes a word, perhaps another, and options",
  args: {
    first: { type: "positional", required: true },
    second: { type: "positional", required: false },
    queue: { type: "string", alias: "q", required: true },
    all: { type: "boolean" },
  },
  async run() {},
});

const many = command({
  name: "many",
  description: "Takes words",
  args: { id: { type: "positional", required: true } },
  rest: true,
  async run() {},
});

describe("arguments that a command takes", () => {
  test.each([
    [one, ["a", "--queue", "q"]],
    [one, ["-q", "q", "a", "b", "--all"]],
    [one, ["--queue=q", "a"]],
    [one, ["a", "--queue", "-dashed"]],
    [one, ["-q", "q", "--", "--all", "-b"]],
    [one, ["a", "--queue="]],
    [many, ["a"]],
    [many, ["a", "b", "c", "--", "-d"]],
  ])("%o takes %j", (definition, raw) => {
    expect(checkArguments(definition, raw)).toBe("run");
  });

  test.each([
    [one, ["--help"]],
    [one, ["-h", "a", "b", "c"]],
    [many, ["--help"]],
  ])("%o shows its help for %j, whatever else is missing", (definition, raw) => {
    expect(checkArguments(definition, raw)).toBe("help");
  });
});

describe("arguments that a command refuses", () => {
  test.each([
    [one, ["a"], "mpq one needs --queue"],
    [one, ["-q", "q"], "mpq one needs <first>"],
    [one, ["-q", "q", "a", "b", "c"], 'mpq one does not know what to do with "c"'],
    [one, ["a", "-q"], "mpq one needs a value with -q"],
    [one, ["a", "-q", "q", "--all=yes"], "mpq one takes no value with --all"],
    [one, ["a", "--queu", "q"], 'mpq one has no option --queu; did you mean "--queue"?'],
    [one, ["a", "-q=q"], "mpq one has no option -q=q"],
    [many, [], "mpq many needs <id>"],
    [many, ["--"], "mpq many needs <id>"],
  ])("%o refuses %j: %s", (definition, raw, message) => {
    expect(() => checkArguments(definition, raw)).toThrow(message);
  });
});

test("every command has a name of its own and says what it does", async () => {
  expect(new Set(COMMANDS.map((each) => each.name)).size).toBe(COMMANDS.length);
  for (const { name } of COMMANDS) expect((await loadCommand(name)).name).toBe(name);
  for (const { description } of COMMANDS) expect(description).toMatch(/^[A-Z].*[^.]$/);
});
