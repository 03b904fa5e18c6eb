import { expect, test } from "bun:test";
import { LineReader } from "../../src/process/lines.ts";

function linesOf(pieces: readonly (string | Uint8Array)[], longest?: number): string[] {
  const lines: string[] = [];
  const reader = new LineReader((line) => lines.push(line), longest);
  for (const piece of pieces) reader.read(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
  reader.end();
  return lines;
}

const EURO = new TextEncoder().encode("€");

test.each([
  [["one\ntwo\n"], ["one", "two"]],
  [
    ["o", "ne\nt", "wo"],
    ["one", "two"],
  ],
  [["\n\n"], ["", ""]],
  [[EURO.slice(0, 1), EURO.slice(1), "\n"], ["€"]],
  [[new Uint8Array([0xff, 0x0a])], ["\ufffd"]],
  [[EURO.slice(0, 2)], ["\ufffd"]],
  [[], []],
])("%j are the lines %j", (pieces, lines) => {
  expect(linesOf(pieces)).toEqual(lines);
});

test("a line that is too long is cut, however it came, and says what is missing", () => {
  expect(linesOf(["abcdef\nabc\n"], 3)).toEqual(["abc… (3 more)", "abc"]);
  expect(linesOf(["ab", "cd", "ef\n", "x\n"], 3)).toEqual(["abc… (3 more)", "x"]);
  expect(linesOf(["ab", "cd"], 3)).toEqual(["abc… (1 more)"]);
});
