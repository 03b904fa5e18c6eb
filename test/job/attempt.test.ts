import { describe, expect, test } from "bun:test";
import {
  type Attempt,
  attemptNumber,
  failureType,
  judge,
  type JobRecord,
  NEW_RECORD,
  type Outcome,
} from "../../src/job/attempt.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";

function attempt(outcome: Outcome): Attempt {
  const error = { name: "Error", message: outcome };
  return { outcome, error, startedAt: "2026-01-01T00:00:00.000Z", seconds: 1, worker: "host:1" };
}

function after(...outcomes: Outcome[]): JobRecord {
  return { ...NEW_RECORD, attempts: outcomes.map(attempt) };
}

const policy = { ...DEFAULT_POLICY, retries: 2, retryDelay: 5_000 };

describe("what becomes of a job after a run of it failed", () => {
  const cases: readonly (readonly [string, JobRecord, Outcome, "failing" | number])[] = [
    ["the first error is tried again after the delay", after(), "error", 5_000],
    ["the last retry is used", after("error"), "error", 5_000],
    ["a job that used up its retries fails", after("error", "error"), "error", "failing"],
    ["a timeout fails at once", after(), "timeout", "failing"],
    ["a killed worker's job runs again at once", after(), "killed", 0],
    ["a job whose worker ended runs again at once", after("error"), "exit", 0],
    ["a job that took too much memory runs again at once", after(), "memory", 0],
    ["a job that keeps killing its worker fails", after("killed", "memory"), "exit", "failing"],
    ["a run that the service stopped uses no retry", after("error", "error"), "released", 0],
    ["a run whose owner was lost uses no retry", after("error", "error"), "lease-lost", 0],
    ["runs that were no fault of the job are not counted", after("released", "lease-lost", "error"), "error", 5_000],
  ];
  test.each(cases)("%s", (_, before, outcome, expected) => {
    const verdict = judge(policy, before, { attempt: attempt(outcome), final: false }, 0);
    expect(verdict.next === "retry" ? verdict.delayMs : verdict.next).toBe(expected);
    expect(verdict.record.attempts.map((each) => each.outcome)).toEqual([
      ...before.attempts.map((each) => each.outcome),
      outcome,
    ]);
    expect(verdict.record.phase).toBe(expected === "failing" ? "failing" : "running");
  });
});

test("a handler that asks not to be tried again is not", () => {
  expect(judge(policy, NEW_RECORD, { attempt: attempt("error"), final: true }, 0).next).toBe("failing");
});

test("a job without retries runs once", () => {
  const verdict = judge({ ...policy, retries: 0 }, NEW_RECORD, { attempt: attempt("error"), final: false }, 0);
  expect(verdict.next).toBe("failing");
});

test("a timeout is tried again after the delay when the job says so", () => {
  const again = { ...policy, retryOnTimeout: true };
  const run = { attempt: attempt("timeout"), final: false };
  expect(judge(again, NEW_RECORD, run, 0)).toMatchObject({ next: "retry", delayMs: 5_000 });
  expect(judge(again, after("error", "timeout"), run, 0).next).toBe("failing");
});

test("a backoff grows with the failed runs alone", () => {
  const backoff = { ...policy, retryDelay: { type: "exponential", baseMs: 100, maxMs: 9_999, jitter: 0 } as const };
  const run = { attempt: attempt("error"), final: false };
  expect(judge(backoff, after("released", "error"), run, 0)).toMatchObject({ delayMs: 200 });
});

test("the number of a run grows with failed runs only", () => {
  expect(attemptNumber(NEW_RECORD)).toBe(1);
  expect(attemptNumber(after("released", "error", "lease-lost"))).toBe(2);
});

test("a failure is a timeout when the last run was one", () => {
  expect(failureType(after("error", "timeout"))).toBe("timeout");
  expect(failureType(after("timeout", "error"))).toBe("error");
  expect(failureType(NEW_RECORD)).toBe("error");
});
