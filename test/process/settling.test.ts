import { describe, expect, test } from "bun:test";
import type { Settlement, TakenJob } from "../../src/driver/driver.ts";
import { type Attempt, type JobRecord, MAX_CALLBACK_TRIES, NEW_RECORD, type Outcome } from "../../src/job/attempt.ts";
import { encodeEnvelope } from "../../src/job/envelope.ts";
import { MAX_INTERRUPTIONS } from "../../src/job/interruption.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";
import { type RunEnd, received, settleDone, settleFailed, settleIfDoomed } from "../../src/process/settling.ts";

const POLICY = { ...DEFAULT_POLICY, retries: 1, retryDelay: 500 };
const FAILING: JobRecord = { ...NEW_RECORD, phase: "failing" };

function taken(more: Partial<TakenJob> = {}): TakenJob {
  return { id: "a", token: "t", envelope: encodeEnvelope({ name: "job", policy: POLICY }), interruptions: 0, ...more };
}

function end(outcome: Outcome, more: Partial<RunEnd> = {}): RunEnd {
  const error = { name: "Error", message: "no" };
  return { outcome, error, startedAt: new Date(0), ms: 1_234.4, worker: "host:1", final: false, ...more };
}

const attempts = (settlement: Settlement): readonly Attempt[] =>
  "record" in settlement ? settlement.record.attempts : [];

const FAILED_ONCE: JobRecord = {
  ...NEW_RECORD,
  attempts: attempts(settleFailed(taken(), end("error"))),
};

test("every settlement names the job and the token that it was taken with", () => {
  const settlements = [settleDone(taken()), settleFailed(taken(), end("error"))];
  expect(settlements.map(({ id, token }) => [id, token])).toEqual([
    ["a", "t"],
    ["a", "t"],
  ]);
});

describe("a run that ended well", () => {
  test("is done", () => {
    expect(settleDone(taken()).kind).toBe("done");
  });

  test("is done also after failed ones", () => {
    expect(settleDone(taken({ record: FAILED_ONCE })).kind).toBe("done");
  });

  test("leaves the job failed, when it was its failure callback", () => {
    expect(settleDone(taken({ record: FAILING }))).toMatchObject({ kind: "failed", record: FAILING });
  });
});

describe("a run that failed", () => {
  test.each([
    ["error", { kind: "retry", delayMs: 500 }],
    ["killed", { kind: "retry", delayMs: 0 }],
    ["exit", { kind: "retry", delayMs: 0 }],
    ["memory", { kind: "retry", delayMs: 0 }],
    ["released", { kind: "retry", delayMs: 0 }],
    ["timeout", { kind: "failing" }],
  ] as const)("with %s, for the first time", (outcome, expected) => {
    expect(settleFailed(taken(), end(outcome))).toMatchObject(expected);
  });

  test.each([
    ["error", "failing"],
    ["killed", "failing"],
    ["exit", "failing"],
    ["memory", "failing"],
    ["timeout", "failing"],
    ["released", "retry"],
  ] as const)("with %s, after its retries are used up", (outcome, kind) => {
    expect(settleFailed(taken({ record: FAILED_ONCE }), end(outcome)).kind).toBe(kind);
  });

  test("is not tried again when its handler asked not to be", () => {
    expect(settleFailed(taken(), end("error", { final: true })).kind).toBe("failing");
  });

  test("is not tried again when its envelope cannot be read", () => {
    expect(settleFailed(taken({ envelope: "{" }), end("error")).kind).toBe("failing");
  });

  test("is kept with its outcome, its error, when it began, how long it took and who ran it", () => {
    const error = { name: "Error", message: "no" };
    expect(attempts(settleFailed(taken(), end("error")))).toEqual([
      { outcome: "error", error, startedAt: "1970-01-01T00:00:00.000Z", seconds: 1.234, worker: "host:1" },
    ]);
  });
});

describe("a failure callback", () => {
  test.each(["error", "timeout"] as const)("that ended with %s has run, and why it failed is kept", (outcome) => {
    expect(settleFailed(taken({ record: FAILING }), end(outcome))).toMatchObject({
      kind: "failed",
      record: { callbackError: { message: "no" } },
    });
  });

  test("that was stopped is given back and has used up no try", () => {
    expect(settleFailed(taken({ record: FAILING }), end("released"))).toEqual({ id: "a", token: "t", kind: "release" });
  });

  test("whose process dies again and again is run so often and no more", () => {
    const kinds: string[] = [];
    let record = FAILING;
    while (kinds.at(-1) !== "failed" && kinds.length < 10) {
      const settlement = settleFailed(taken({ record }), end("killed"));
      kinds.push(settlement.kind);
      if ("record" in settlement) ({ record } = settlement);
    }
    expect(kinds).toEqual([...Array.from({ length: MAX_CALLBACK_TRIES - 1 }, () => "failing"), "failed"]);
  });
});

describe("a job that lost its owner", () => {
  const lost = (interruptions: number, record?: JobRecord): TakenJob =>
    received(taken(record === undefined ? { interruptions } : { interruptions, record }));

  test("never is taken as it is", () => {
    const job = taken();
    expect(received(job)).toBe(job);
  });

  test("has an attempt for each time, without what nobody can know, and no retry less", () => {
    const job = lost(2, FAILED_ONCE);
    expect(job.record?.attempts.map(({ outcome }) => outcome)).toEqual(["error", "lease-lost", "lease-lost"]);
    expect(Object.keys(job.record?.attempts[1] ?? {})).toEqual(["outcome", "error"]);
    expect(settleFailed(lost(2), end("error"))).toMatchObject({ kind: "retry", delayMs: 500 });
  });

  test("is told of it once, also after it failed in between", () => {
    const after = settleFailed(lost(1), end("error", { outcome: "killed" }));
    const record = "record" in after ? after.record : NEW_RECORD;
    const outcomes = (job: TakenJob): string[] => (job.record?.attempts ?? []).map(({ outcome }) => outcome);
    expect(outcomes(lost(1, record))).toEqual(["lease-lost", "killed"]);
    expect(outcomes(lost(2, record))).toEqual(["lease-lost", "killed", "lease-lost"]);
  });

  test("and whose run somebody saw end is told of the others as well", () => {
    const seen = settleFailed(taken(), end("lease-lost", { ms: undefined }));
    expect(attempts(seen)).toMatchObject([{ outcome: "lease-lost", worker: "host:1" }]);
    expect(attempts(seen)[0]).not.toHaveProperty("seconds");
    expect(lost(1, "record" in seen ? seen.record : NEW_RECORD).record?.attempts.length).toBe(2);
  });

  test(`${MAX_INTERRUPTIONS} times runs again`, () => {
    expect(settleIfDoomed(lost(MAX_INTERRUPTIONS))).toBeUndefined();
  });

  test("more often is taken for the cause, and fails with that as its reason", () => {
    const settlement = settleIfDoomed(lost(MAX_INTERRUPTIONS + 1));
    expect(settlement).toMatchObject({ id: "a", token: "t", kind: "failing", record: { phase: "failing" } });
    const found = settlement === undefined ? [] : attempts(settlement);
    expect(found.length).toBe(MAX_INTERRUPTIONS + 1);
    expect(found.at(-1)?.error.message).toContain(`${MAX_INTERRUPTIONS + 1} times`);
  });

  test("while its failure callback ran has no attempt more, and is not failed once more", () => {
    const job = lost(MAX_INTERRUPTIONS + 1, FAILING);
    expect(job.record).toBe(FAILING);
    expect(settleIfDoomed(job)).toBeUndefined();
  });
});

test.each(["a b", "", "ünï", "x".repeat(65)])("a job whose id no client lets through is not run: %j", (id) => {
  expect(settleIfDoomed(taken({ id }))).toMatchObject({
    kind: "failed",
    record: { attempts: [{ outcome: "error", error: { message: expect.stringContaining("the job's id is") } }] },
  });
});
