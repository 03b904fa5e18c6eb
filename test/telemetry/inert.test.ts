import { expect, test } from "bun:test";
import { inert, inertJson, inertLines } from "../../src/telemetry/inert.ts";

test.each([
  ["plain text, ünïcode 日本 🎉", "plain text, ünïcode 日本 🎉"],
  ["\u001b[31mred", "\\x1b[31mred"],
  ["\u009b31m", "\\x9b31m"],
  ["bell\u0007 delete\u007f", "bell\\x07 delete\\x7f"],
  ["one\r\ntwo\tthree", "one\\x0d\\x0atwo\\x09three"],
  ["line\u2028separator, \u202edneba", "line\\u2028separator, \\u202edneba"],
])("text from a store is inert on a terminal: %j is %j", (text, shown) => {
  expect(inert(text)).toBe(shown);
});

test("text of several lines stays lines and is as inert", () => {
  expect(inertLines("one\n\u001b[2Jtwo")).toBe("one\n\\x1b[2Jtwo");
});

test("JSON without control characters is the same value", () => {
  const value = { "\u009b": "\u007f\u0080\u009f", plain: "é" };
  const json = inertJson(JSON.stringify(value));
  expect(json).toBe('{"\\u009b":"\\u007f\\u0080\\u009f","plain":"é"}');
  expect(JSON.parse(json)).toEqual(value);
});
