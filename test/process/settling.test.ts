import { describe, expect, test } from "bun:test";
import type { Settlement, TakenJob } from "../../src/driver/driver.ts";
import {
  type Attempt,
  type JobRecord,
  MAX_CALLBACK_TRIES,
  MAX_INTERRUPTIONS,
  NEW_RECORD,
  type Outcome,
} from "../../src/job/attempt.ts";
import { encodeEnvelope } from "../../src/job/envelope.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";
import { hostClock } from "../../src/process/clock.ts";
import { type RunEnd, settleDone, settleFailed, settleIfDoomed } from "../../src/process/settling.ts";

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
  test(`${MAX_INTERRUPTIONS} times runs again`, () => {
    expect(settleIfDoomed(taken({ interruptions: MAX_INTERRUPTIONS }), hostClock)).toBeUndefined();
  });

  test("more often is taken for the cause, and fails with that as its reason", () => {
    const settlement = settleIfDoomed(taken({ interruptions: MAX_INTERRUPTIONS + 1 }), hostClock);
    expect(settlement).toMatchObject({ kind: "failing", record: { phase: "failing" } });
    expect(settlement === undefined ? [] : attempts(settlement)).toMatchObject([{ outcome: "lease-lost" }]);
  });

  test("while its failure callback ran is not failed once more", () => {
    expect(settleIfDoomed(taken({ interruptions: MAX_INTERRUPTIONS + 1, record: FAILING }), hostClock)).toBeUndefined();
  });
});
