import { expect, test } from "bun:test";
import { type Phase, statusLine } from "../../../src/process/manage/status-line.ts";
import type { ProcessState, ProcessStatus } from "../../../src/process/protocol.ts";

/** Reads rows from text: `mail=idle` is a master, `mail=none` one that is not there, `mail/idle` a worker. */
function rowsOf(text: string): ProcessStatus[] {
  return text.split(" ").map((word) => {
    const [queue = "", state = ""] = word.split(/[=/]/);
    const role = word.includes("=") ? "master" : "worker";
    const isThere = state !== "none";
    return {
      role,
      queue,
      pid: isThere ? 1 : 0,
      state: isThere ? (state as ProcessState) : "error",
      job: null,
      seconds: null,
      done: 0,
      memory: 0,
      startedAt: "",
    };
  });
}

test.each([
  ["starting", "mail=none", "starting; waits for mail"],
  ["starting", "mail=starting video=idle video/idle", "starting; waits for mail"],
  ["starting", "mail=idle mail/idle mail/starting video=idle video/idle", "starting; waits for mail"],
  ["starting", "mail=idle mail/idle video=idle video/idle", "starting"],
  ["running", "video=idle video/idle", "1 queue, 1 worker"],
  ["running", "mail=busy mail/idle mail/busy video=idle video/idle", "2 queues, 3 workers"],
  ["running", "mail=none video=idle video/idle", "2 queues, 1 worker; waits for mail"],
  ["running", "mail=idle mail/idle mail/error mail/starting", "1 queue, 1 worker; waits for mail"],
  ["running", "mail=error video=idle video/idle", "2 queues, 1 worker; the master of mail does not answer"],
  ["running", "mail=idle mail/idle mail/stopping", "1 queue, 1 worker"],
  ["reloading", "mail=idle mail/idle", "reloading: replaces workers one after another; 1 queue, 1 worker"],
  ["stopping", "mail=stopping mail/idle mail/stopping video=stopping", "stopping; waits for mail"],
  ["stopping", "mail=none", "stopping"],
] satisfies [Phase, string, string][])("%s with %s is told as: %s", (phase, text, line) => {
  expect(statusLine({ phase, rows: rowsOf(text), storeFault: undefined })).toBe(line);
});

test("a store that is away is told with its fault, in one line", () => {
  const rows = rowsOf("mail=idle mail/idle");
  expect(statusLine({ phase: "running", rows, storeFault: "no\n  answer" })).toBe(
    "1 queue, 1 worker; waits for the store: no answer",
  );
});
