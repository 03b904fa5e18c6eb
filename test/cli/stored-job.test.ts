import { expect, test } from "bun:test";
import { shownJobOf } from "../../src/cli/stored-job.ts";
import { NEW_RECORD } from "../../src/job/attempt.ts";
import { encodeEnvelope } from "../../src/job/envelope.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";

const STORED = { id: "1", interruptions: 0 } as const;

test("a policy is shown in seconds, as it is written in a configuration", () => {
  const retryDelay = { type: "exponential", baseMs: 500, maxMs: 60_000, jitter: 0.5 } as const;
  const envelope = encodeEnvelope({
    name: "a",
    policy: { timeoutMs: 0, retries: 2, retryDelay, retryOnTimeout: true },
  });
  const { policy } = shownJobOf("q", { ...STORED, state: "ready", envelope });
  expect(policy).toStrictEqual({
    timeout: 0,
    retries: 2,
    retryDelay: { type: "exponential", base: 0.5, max: 60, jitter: 0.5 },
    retryOnTimeout: true,
  });
});

test("a job whose failure callback runs shows why its callback failed before", () => {
  const envelope = encodeEnvelope({ name: "a", policy: DEFAULT_POLICY });
  const record = { ...NEW_RECORD, phase: "failing", callbackError: { name: "Error", message: "no mail" } } as const;
  const shown = shownJobOf("q", { ...STORED, state: "active", envelope, record });
  expect(shown).toMatchObject({ phase: "failing", type: null, data: null });
  expect(shown.callbackError).toStrictEqual({ name: "Error", message: "no mail", stack: null });
});

test("an owner that a job lost and that the store only counted is shown as an attempt of which no more is known", () => {
  const envelope = encodeEnvelope({ name: "a", policy: DEFAULT_POLICY });
  const { attempts } = shownJobOf("q", { ...STORED, state: "ready", envelope, interruptions: 1 });
  const error = { name: "LeaseLost", message: expect.stringContaining("its master or its host died"), stack: null };
  expect(attempts).toStrictEqual([{ outcome: "lease-lost", error, startedAt: null, seconds: null, worker: null }]);
});

test.each([
  ['{"v":9}', "the job's envelope has version 9, which this mpq cannot read; upgrade the workers"],
  ["torn", "the job's envelope is no JSON: torn"],
])("a job that cannot be read is shown with the reason: %s", (envelope, problem) => {
  const shown = shownJobOf("q", { ...STORED, state: "failed", envelope, failedAt: "2026-01-02T03:04:05.678Z" });
  expect(shown).toMatchObject({ id: "1", name: null, data: null, policy: null, type: "error", problem });
});
