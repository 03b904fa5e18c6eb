import { describe, expect, test } from "bun:test";
import { BOARD_SLOTS } from "../../src/process/board.ts";
import { Pace, credit } from "../../src/process/credit.ts";

describe("how many jobs a worker may have in its hands", () => {
  test.each([
    ["nothing is known of its jobs: none ahead", 1, "auto", undefined, 1],
    ["jobs of a second: none ahead", 1, "auto", 1_000, 1],
    ["jobs of 80 ms: one ahead", 1, "auto", 80, 2],
    ["jobs of 20 ms: five ahead", 1, "auto", 20, 6],
    ["jobs of 20 ms, four at once: five ahead for each", 4, "auto", 20, 24],
    ["jobs of microseconds: enough to go on while the store is asked", 1, "auto", 0.001, 1_001],
    ["jobs that take no time at all", 1, "auto", 0, 1_001],
    ["jobs of microseconds, ten at once: no more ahead than for one", 10, "auto", 0.001, 1_010],
    ["no prefetch", 3, 0, 0.001, 3],
    ["a prefetch of its own, whatever its jobs take", 2, 5, 1_000, 12],
    ["more than the board has room for", 5_000, "auto", 1, BOARD_SLOTS],
  ] as const)("%s", (_title, concurrency, prefetch, averageMs, expected) => {
    expect(credit({ concurrency, prefetch }, { finished: 10_000, averageMs, averageSize: 100 })).toBe(expected);
  });

  test.each([
    [1, 3],
    [3, 7],
    [40, 81],
  ])("when it has finished %i that took no time: %i, for what comes may take longer", (finished, expected) => {
    expect(credit({ concurrency: 1, prefetch: "auto" }, { finished, averageMs: 0.01, averageSize: 100 })).toBe(
      expected,
    );
  });

  test.each([
    ["a kilobyte: all that its time allows", 1_000, 1_001],
    ["10 kilobytes", 10_000, 105],
    ["100 kilobytes", 100_000, 11],
    ["a megabyte", 1_000_000, 2],
    ["ten megabytes: none ahead", 10_000_000, 1],
  ])("when each has %s", (_title, averageSize, expected) => {
    const known = { finished: 10_000, averageMs: 0.001, averageSize };
    expect(credit({ concurrency: 1, prefetch: "auto" }, known)).toBe(expected);
  });
});

describe("the pace of a worker", () => {
  test("knows how large its jobs are: larger ones at once, smaller ones slowly", () => {
    const pace = new Pace();
    pace.came([{ envelope: "x".repeat(10) }, { envelope: "x".repeat(30) }]);
    expect(pace.averageSize).toBe(20);
    pace.came([{ envelope: "x".repeat(1_000) }]);
    expect(pace.averageSize).toBe(1_000);
    pace.came([{ envelope: "" }]);
    expect(pace.averageSize).toBe(700);
    pace.came([]);
    expect(pace.averageSize).toBe(700);
  });

  test("is unknown before its first job", () => {
    const pace = new Pace();
    pace.update({ finished: 0, busyMs: 0 });
    expect(pace.averageMs).toBeUndefined();
  });

  test("is the average of the first jobs, then follows later ones", () => {
    const pace = new Pace();
    pace.update({ finished: 10, busyMs: 100 });
    expect(pace.averageMs).toBe(10);
    pace.update({ finished: 20, busyMs: 1_100 });
    expect(pace.averageMs).toBeCloseTo(10 * 0.7 + 100 * 0.3);
  });

  test("stays as it is when nothing was finished since", () => {
    const pace = new Pace();
    pace.update({ finished: 1, busyMs: 7 });
    pace.update({ finished: 1, busyMs: 7 });
    expect(pace.averageMs).toBe(7);
  });
});
