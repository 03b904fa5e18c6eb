import { describe, expect, test } from "bun:test";
import { type Counts, type Evidence, type Rules, audit } from "../../chaos/audit.ts";
import type { Line, Step } from "../../chaos/project/note.ts";
import { Random } from "../../chaos/random.ts";

const RULES: Rules = { concurrency: 1, killsItself: false, excuses: () => false };

/** A step of job "j" in process `pid`, whose time is its place in the list, in hundredths of a second. */
type Told = readonly [step: Step, pid: number, attempt?: number, job?: string];

function linesOf(told: readonly Told[]): Line[] {
  return told.map(([step, pid, attempt = 1, job = "j"], index) => ({
    step,
    job,
    attempt,
    pid,
    born: 0,
    at: index * 10,
  }));
}

function verdictOn(told: readonly Told[], more: Partial<Evidence> = {}, rules: Partial<Rules> = {}) {
  const failed = more.failed ?? [];
  const jobs = new Set(["j", ...told.map((one) => one[3] ?? "j")]);
  const pushes = new Map([...jobs].map((job) => [job, "acknowledged" as const]));
  const counts: Counts = {
    pushed: jobs.size,
    ready: 0,
    delayed: 0,
    active: 0,
    failed: failed.length,
    done: jobs.size - failed.length,
  };
  const evidence = { pushes, lines: linesOf(told), deaths: [], starts: [], counts, failed, ...more };
  return audit(evidence, { ...RULES, ...rules });
}

const GOOD: readonly Told[] = [
  ["start", 7],
  ["done", 7],
];
const TWICE: readonly Told[] = [...GOOD, ["start", 8], ["done", 8]];

describe("the audit finds nothing", () => {
  test("where every job was run once", () => {
    const { unexplained, lost, violations, repeated } = verdictOn(GOOD);
    expect({ unexplained, lost, violations, repeated }).toEqual({
      unexplained: [],
      lost: [],
      violations: [],
      repeated: 0,
    });
  });

  test("where a run was cut short by a death and run again, and tells how long that took", () => {
    const verdict = verdictOn(
      [
        ["start", 7],
        ["start", 8, 2],
        ["done", 8, 2],
      ],
      { deaths: [{ pid: 7, at: 4 }] },
    );
    expect(verdict).toMatchObject({ unexplained: [], violations: [], repeated: 1, recoveryMs: 6 });
  });

  test("where the last run of a process that died had just ended: nobody may have heard of it", () => {
    const verdict = verdictOn(TWICE, { deaths: [{ pid: 7, at: 11 }] });
    expect(verdict).toMatchObject({ unexplained: [], violations: [], repeated: 1 });
  });

  test("where a job failed, and its callback ran", () => {
    const told: Told[] = [
      ["start", 7],
      ["threw", 7],
      ["callback", 7],
      ["callback-done", 7],
    ];
    expect(verdictOn(told, { failed: ["j"] })).toMatchObject({ unexplained: [], lost: [], violations: [] });
  });

  test("where the promise allows a second run", () => {
    expect(verdictOn(TWICE, {}, { excuses: () => true })).toMatchObject({ unexplained: [], repeated: 1 });
  });

  test("where the store was emptied, and with it what was pushed before", () => {
    const pushes = new Map([["gone", "forgotten"] as const, ["j", "acknowledged"] as const]);
    const verdict = verdictOn(GOOD, { pushes });
    expect(verdict).toMatchObject({ pushed: 2, finished: 1, unexplained: [], lost: [], violations: [] });
  });

  test("where a service was down: recovery counts from its start", () => {
    const evidence = { deaths: [{ pid: 7, at: 1 }], starts: [0, 8] };
    expect(
      verdictOn(
        [
          ["start", 7],
          ["start", 8],
          ["done", 8],
        ],
        evidence,
      ).recoveryMs,
    ).toBe(2);
  });
});

describe("the audit finds", () => {
  test("a job that ended well and ran again", () => {
    expect(verdictOn(TWICE).unexplained).toHaveLength(1);
  });

  test("one that ran again though its process, which died, had begun another since", () => {
    const told: Told[] = [...GOOD, ["start", 7, 1, "other"], ["start", 8], ["done", 8], ["start", 8, 2, "other"]];
    const { unexplained, violations } = verdictOn([...told, ["done", 8, 2, "other"]], { deaths: [{ pid: 7, at: 25 }] });
    expect(unexplained).toEqual([expect.stringContaining("j in 7")]);
    expect(violations).toEqual([]);
  });

  test("a job that is neither done nor failed", () => {
    expect(verdictOn([["start", 7]]).lost).toEqual(["j"]);
  });

  test("a job that only the store calls done", () => {
    expect(verdictOn([]).lost).toEqual(["j"]);
  });

  test("two runs at the same time", () => {
    const { violations } = verdictOn([
      ["start", 7],
      ["start", 8, 2],
      ["done", 8, 2],
      ["threw", 7],
    ]);
    expect(violations).toEqual([expect.stringContaining("at the same time: j in 7")]);
  });

  test("attempts in the wrong order, and a failed run that was not counted", () => {
    const backwards: Told[] = [
      ["start", 7, 2],
      ["threw", 7, 2],
      ["start", 7, 1],
      ["done", 7, 1],
    ];
    expect(verdictOn(backwards).violations).toEqual([expect.stringContaining("attempts out of order")]);
    const same: Told[] = [["start", 7], ["threw", 7], ...GOOD];
    expect(verdictOn(same).violations).toEqual([expect.stringContaining("was not counted")]);
  });

  test("a handler that was called after its failure callback", () => {
    const told: Told[] = [
      ["start", 7],
      ["threw", 7],
      ["callback", 7],
      ["callback-done", 7],
      ["start", 8, 2],
    ];
    const { unexplained, violations } = verdictOn(told, { failed: ["j"] });
    expect([...unexplained, ...violations]).toEqual([
      expect.stringContaining("j in 7"),
      expect.stringContaining("after it was given up"),
    ]);
  });

  test("a job that ended well and is kept as failed", () => {
    expect(verdictOn(GOOD, { failed: ["j"] }).violations).toEqual([expect.stringContaining("kept as failed")]);
  });

  test("figures of the store that do not add up", () => {
    const counts = { pushed: 3, ready: 1, delayed: 0, active: 0, failed: 1, done: 0 };
    const { violations } = verdictOn(GOOD, { counts });
    expect(violations).toEqual([
      "the store counts 3 pushed jobs; 1 were sent, 1 acknowledged",
      "left behind: 1 ready, 0 delayed, 0 active",
      "of 3 jobs 0 are done and 1 failed",
      "1 jobs failed, and 0 are listed",
    ]);
  });
});

test("a seed gives the same numbers again, and another one for each use", () => {
  const numbers = (random: Random): number[] => Array.from({ length: 5 }, () => random.int(0, 1_000_000));
  expect(numbers(new Random(7, "a"))).toEqual(numbers(new Random(7, "a")));
  expect(numbers(new Random(7, "a"))).not.toEqual(numbers(new Random(7, "b")));
  expect(numbers(new Random(7, "a"))).not.toEqual(numbers(new Random(8, "a")));
});
