import { describe, expect, test } from "bun:test";
import { type JobRecord, NEW_RECORD } from "../../src/job/attempt.ts";
import { readRecord } from "../../src/job/record.ts";

const WHOLE: JobRecord = {
  phase: "failing",
  attempts: [
    {
      outcome: "timeout",
      error: { name: "TimeoutError", message: "too long", stack: "at once" },
      startedAt: "2026-01-02T03:04:05.678Z",
      seconds: 1.5,
      worker: "host:7",
    },
    { outcome: "lease-lost", error: { name: "LeaseLost", message: "gone" } },
  ],
  callbackTries: 1,
  callbackError: { name: "Error", message: "no" },
};

describe("a record in the store", () => {
  test("is read as it was written", () => {
    for (const record of [NEW_RECORD, WHOLE]) expect(readRecord(JSON.stringify(record))).toEqual(record);
  });

  test.each([
    "",
    "{",
    "null",
    "[]",
    "{}",
    JSON.stringify({ ...WHOLE, phase: "done" }),
    JSON.stringify({ ...WHOLE, phase: "constructor" }),
    JSON.stringify({ ...WHOLE, attempts: {} }),
    JSON.stringify({ ...WHOLE, attempts: [null] }),
    JSON.stringify({ ...WHOLE, attempts: [{ ...WHOLE.attempts[0], outcome: "bored" }] }),
    JSON.stringify({ ...WHOLE, attempts: [{ ...WHOLE.attempts[0], error: "no" }] }),
    JSON.stringify({ ...WHOLE, attempts: [{ ...WHOLE.attempts[0], seconds: "1" }] }),
    JSON.stringify({ ...WHOLE, callbackTries: 0.5 }),
    JSON.stringify({ ...WHOLE, callbackError: 5 }),
  ])("fails its job, and says why, where no mpq has written it: %s", (text) => {
    expect(readRecord(text)).toEqual({
      phase: "failing",
      attempts: [
        { outcome: "error", error: { name: "Error", message: `the job's record is damaged: ${text.slice(0, 200)}` } },
      ],
      callbackTries: 0,
    });
  });
});
