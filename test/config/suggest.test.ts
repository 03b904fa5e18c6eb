import { expect, test } from "bun:test";
import { nearest } from "../../src/config/suggest.ts";

const WORDS = ["worker:start", "worker:stop", "timeout", "retryDelay", "warn", "jobs"];

const CASES: readonly [string, string | undefined][] = [
  ["timout", "timeout"],
  ["tiemout", "timeout"],
  ["retry_delay", "retryDelay"],
  ["RETRY-DELAY", "retryDelay"],
  ["warning", "warn"],
  ["job", "jobs"],
  ["worker:strat", "worker:start"],
  ["worker:stp", "worker:stop"],
  ["zebra", undefined],
  ["", undefined],
];

test.each(CASES)("%s suggests %s", (word, expected) => {
  expect(nearest(word, WORDS)).toBe(expected);
});
