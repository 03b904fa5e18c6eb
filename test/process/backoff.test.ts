import { expect, test } from "bun:test";
import { Backoff } from "../../src/process/backoff.ts";

const YOUNG_MS = 10;
const HEALTHY_MS = 10_000;

test("a child that keeps dying young is restarted ever later, up to 30 s", () => {
  const backoff = new Backoff();
  const delays = Array.from({ length: 9 }, () => backoff.afterDeath(YOUNG_MS));
  expect(delays).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("a child that lived for ten seconds is restarted at once, and begins a new row", () => {
  const backoff = new Backoff();
  for (let death = 0; death < 5; death++) backoff.afterDeath(YOUNG_MS);
  expect([backoff.afterDeath(HEALTHY_MS), backoff.afterDeath(YOUNG_MS)]).toEqual([0, 1_000]);
});
