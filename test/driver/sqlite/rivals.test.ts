import { expect, test } from "bun:test";
import { Rivals } from "../../../src/driver/sqlite/rivals.ts";

test("who writes alone goes on at once", () => {
  const rivals = new Rivals();
  rivals.wrote(0, 5, 0);
  expect(rivals.pauseMs(5)).toBe(0);
});

test("a long transaction leaves others a moment while they write too", () => {
  const rivals = new Rivals();
  rivals.wrote(0, 5, 7);
  expect(rivals.pauseMs(5)).toBe(1);
  expect(rivals.pauseMs(5.25)).toBe(0.75);
  expect(rivals.pauseMs(7)).toBe(0);
  rivals.wrote(7, 12, 7);
  expect(rivals.pauseMs(12)).toBe(1);
});

test("a short one leaves none, and neither does one that comes long after others have written", () => {
  const rivals = new Rivals();
  rivals.wrote(0, 0.5, 7);
  expect(rivals.pauseMs(0.5)).toBe(0);
  rivals.wrote(101, 106, 7);
  expect(rivals.pauseMs(106)).toBe(0);
});
