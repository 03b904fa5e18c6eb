import { expect, test } from "bun:test";
import { retryDelayMs } from "../../src/job/retry.ts";

const backoff = { type: "exponential", baseMs: 1_000, maxMs: 60_000, jitter: 0 } as const;

test.each([
  ["a fixed delay stays the same", 3_000, 1, 0.9, 3_000],
  ["a fixed delay stays the same after many failures", 3_000, 1_000, 0, 3_000],
  ["a backoff begins with its base", backoff, 1, 0, 1_000],
  ["a backoff doubles", backoff, 4, 0, 8_000],
  ["a backoff stops at its ceiling", backoff, 7, 0, 60_000],
  ["a backoff stays at its ceiling however often the job failed", backoff, 100_000, 0, 60_000],
  ["jitter takes nothing when chance says 0", { ...backoff, jitter: 1 }, 2, 0, 2_000],
  ["jitter takes its part", { ...backoff, jitter: 0.5 }, 2, 0.5, 1_500],
  ["full jitter may take nearly all", { ...backoff, jitter: 1 }, 1, 0.999, 1],
  ["a base of 0 never waits", { ...backoff, baseMs: 0 }, 9, 0, 0],
] as const)("%s", (_, delay, failed, random, expected) => {
  expect(retryDelayMs(delay, failed, random)).toBe(expected);
});
