import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { allCommands } from "../../src/cli/commands.ts";

const COMMANDS = await allCommands();

const text = await Bun.file(join(import.meta.dir, "../../docs/commands.md")).text();

/** The sections of the page by the command that is their heading. */
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section) => [/^`([^`]+)`/.exec(section)?.[1] ?? "", section] as const),
);

test("docs/commands.md has a section for each command and for no other", () => {
  expect([...sections.keys()]).toEqual(COMMANDS.map((one) => one.name));
});

describe("docs/commands.md has a row for each option and for no other", () => {
  test.each(COMMANDS)("of $name", ({ name, args }) => {
    const rows = (sections.get(name) ?? "").matchAll(/^\| `--([a-z]+)`/gm);
    const documented = Array.from(rows, (row) => row[1]);
    const options = Object.entries(args).filter(([, arg]) => arg.type !== "positional");
    const known = options.map(([option]) => option).filter((option) => option !== "help");
    expect(new Set(documented)).toEqual(new Set(known));
  });
});
