import { expect, test } from "bun:test";
import { isJobId, newJobId } from "../../src/job/id.ts";

test("ids are short, unique and sort in the order of their making", () => {
  const ids = Array.from({ length: 10_000 }, newJobId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every((id) => id.length === 14 && isJobId(id))).toBe(true);
});

test("an id may stand in a command line as it is", () => {
  expect(newJobId()).not.toStartWith("-");
});

test.each([
  ["order-17", true],
  ["~", true],
  ["x".repeat(64), true],
  ["x".repeat(65), false],
  ["", false],
  ["a b", false],
  ["a\n", false],
  ["é", false],
])("whether %p may be an id: %p", (id, answer) => {
  expect(isJobId(id)).toBe(answer);
});
