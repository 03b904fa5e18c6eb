import { expect, test } from "bun:test";
import { isYes } from "../../src/cli/confirm.ts";
import { bytes, duration, shortened, tableOf } from "../../src/cli/output.ts";

test.each([
  ["short", 10, "short"],
  ["exactly ten", 11, "exactly ten"],
  ["longer than ten", 10, "longer th…"],
  ["one\ntwo", 10, "one …"],
  ["🎉🎉🎉", 2, "🎉…"],
  ["", 10, ""],
])("%j in %i columns is %j", (text, width, shown) => {
  expect(shortened(text, width)).toBe(shown);
});

test("a table stands in columns, numbers to the right", () => {
  const table = tableOf(
    ["NAME", "COUNT"],
    [
      ["a", 5],
      ["\u001b[1mb", 500],
    ],
  );
  expect(table).toBe("NAME      COUNT\na             5\n\\x1b[1mb    500");
});

test.each([
  [0.0124, "12 ms"],
  [59.6, "60 s"],
  [150, "3 min"],
  [7_300, "2 h"],
  [200_000, "2 d"],
])("%d seconds are %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test.each([
  [1_572_864, "1.5 MB"],
  [104_857_600, "100 MB"],
  [1_610_612_736, "1.5 GB"],
])("%d bytes are %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});

test.each([
  ["y", true],
  [" Yes ", true],
  ["", false],
  ["n", false],
  ["yesterday", false],
])("whether %j is a yes: %p", (answer, yes) => {
  expect(isYes(answer)).toBe(yes);
});
