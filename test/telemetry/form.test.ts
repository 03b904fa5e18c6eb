import { expect, test } from "bun:test";
import { type Entry, jsonOf, journalOf, plain, words } from "../../src/telemetry/form.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function entry(text: string): Entry {
  return { at: AT, level: "warn", text, event: { event: "store.back", queue: "q" } };
}

test("a plain entry has its time and level, and alone begins at the margin", () => {
  expect(plain(entry("one"))).toBe("2026-01-02T03:04:05.678Z warn  one\n");
  expect(plain(entry("one\n2026-01-02T03:04:05.678Z info  forged\n\tat f"))).toBe(
    "2026-01-02T03:04:05.678Z warn  one\n    2026-01-02T03:04:05.678Z info  forged\n        at f\n",
  );
});

test.each([
  ["\u001b[31mred", "\\x1b[31mred"],
  ["\rback", "\\x0dback"],
  ["a\tb", "a    b"],
  ["\u2028 \u202e", "\\u2028 \\u202e"],
])("nothing in an entry steers a terminal: %j is %j", (text, shown) => {
  expect(words(entry(text))).toBe(`${shown}\n`);
});

test("in the journal every line has its priority, and none of its own", () => {
  const levels = (["debug", "info", "warn", "error"] as const).map((level) =>
    journalOf(words)({ ...entry("<0>a\n<0>b"), level }),
  );
  expect(levels).toEqual([7, 6, 4, 3].map((priority) => `<${priority}><0>a\n<${priority}>    <0>b\n`));
});

test("as JSON an entry is one line that says what was said, and whose own message stands over the words", () => {
  const text = "one\ntwo \u009b\u2028";
  const line = jsonOf("shop")(entry(text));
  // oxlint-disable-next-line no-control-regex
  expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/);
  const expected = {
    time: "2026-01-02T03:04:05.678Z",
    level: "warn",
    service: "shop",
    message: text,
    event: "store.back",
    queue: "q",
  };
  expect(JSON.parse(line)).toEqual(expected);
  const output = { event: "master.output", queue: "q", pid: 7, stream: "stdout", message: "printed" } as const;
  expect(JSON.parse(jsonOf("shop")({ ...entry("q: the master | printed"), event: output }))).toMatchObject(output);
});
