import { expect, test } from "bun:test";
import type { Clock } from "../../../src/process/clock.ts";
import { REPORT_MS } from "../../../src/process/credit.ts";
import { Untold } from "../../../src/process/worker/untold.ts";

let now = 0;
const clock = { now: () => now } as Clock;

/** Adds so many that ended well, and says which of them were the time to tell. */
function add(untold: Untold, jobs: number): boolean[] {
  return Array.from({ length: jobs }, () => untold.add("done"));
}

test("half of what is in hand is the time to tell", () => {
  const untold = new Untold(clock);
  untold.expect(7);
  expect(add(untold, 4)).toEqual([false, false, false, true]);
});

test("what the master has seen for itself needs no telling", () => {
  const untold = new Untold(clock);
  untold.expect(6);
  add(untold, 2);
  untold.seen(2);
  expect(untold.isEmpty).toBe(true);
  expect(add(untold, 3)).toEqual([false, false, true]);
  untold.clear();
  untold.seen(2);
  expect(untold.isEmpty).toBe(true);
});

test("what a run failed of is told, though the master has seen that it did", () => {
  const untold = new Untold(clock);
  untold.expect(6);
  untold.add("failed");
  untold.seen(1);
  expect(untold.isEmpty).toBe(false);
});

test("few are told when the first of them has waited for long, and the time begins anew when they are seen", () => {
  const untold = new Untold(clock);
  untold.expect(100);
  now += REPORT_MS - 1;
  expect(untold.add("done")).toBe(false);
  untold.seen(1);
  now += 1;
  expect(untold.add("done")).toBe(false);
  now += REPORT_MS;
  expect(untold.add("done")).toBe(true);
});
