import { expect, test } from "bun:test";
import { partOf } from "../../../src/process/master/even.ts";

test.each([
  ["half for one other", 10, 1, 5],
  ["each has as many as stay", 9, 2, 6],
  ["rather less than more", 3, 1, 1],
  ["one at least", 1, 1, 1],
])("%s", (_title, waiting, others, part) => {
  expect(partOf(waiting, others)).toBe(part);
});
