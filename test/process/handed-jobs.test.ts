import { expect, test } from "bun:test";
import { NEW_RECORD } from "../../src/job/attempt.ts";
import { type HandedJob, packJobs, unpackJobs } from "../../src/process/handed-jobs.ts";

function job(slot: number, more: Partial<HandedJob> = {}): HandedJob {
  return { slot, word: slot * 8 + 1, id: `job-${slot}`, envelope: `{"n":"${slot}"}`, record: undefined, ...more };
}

test.each([
  ["one", [job(0)]],
  ["many", Array.from({ length: 400 }, (_, slot) => job(slot))],
  ["envelopes of every length and script", [job(1, { envelope: "" }), job(2, { envelope: "a b 😀 ü\n" }), job(3)]],
  ["records for some", [job(1), job(2, { record: { ...NEW_RECORD, callbackTries: 2 } }), job(3)]],
  ["the longest id, and the highest word", [job(1023, { id: "!".repeat(64), word: 2 ** 31 - 1 })]],
])("a worker reads the jobs that its master wrote: %s", (_title, jobs) => {
  expect(unpackJobs(packJobs(jobs))).toEqual(jobs);
});
