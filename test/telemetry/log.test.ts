import { describe, expect, test } from "bun:test";
import { LOG_LEVELS, type LogLevel } from "../../src/config/config.ts";
import type { Event } from "../../src/telemetry/events.ts";
import { entriesOf, isLogged, lineOf } from "../../src/telemetry/log.ts";

const ERROR = { name: "TypeError", message: "no such thing" };

describe("the log says", () => {
  test.each([
    [
      { event: "service.started", name: "shop", store: "sqlite:/mpq.db", queues: 2 },
      "info",
      "shop is up: 2 queues on sqlite:/mpq.db",
    ],
    [{ event: "service.stopping", name: "shop", force: false }, "info", "shop stops: running jobs may finish"],
    [{ event: "service.stopping", name: "shop", force: true }, "info", "shop is being killed"],
    [
      { event: "service.reclaimed", name: "shop", pid: 7, host: "one" },
      "warn",
      "shop was not stopped when it last ran (pid 7 on one); its jobs are taken back",
    ],
    [{ event: "queue.up", queue: "mail", workers: 1, mode: "grab" }, "info", "mail: 1 worker ready (grab)"],
    [
      { event: "worker.died", queue: "mail", pid: 9, how: "by SIGKILL" },
      "warn",
      "mail: worker 9 ended by SIGKILL; another takes over",
    ],
    [{ event: "jobs.recovered", queue: "mail", owner: "o.1.", jobs: 1 }, "warn", "mail: took 1 job back from o.1."],
    [
      {
        event: "job.attempt-failed",
        queue: "mail",
        job: "a",
        outcome: "error",
        error: ERROR,
        next: "it runs again in 3 s",
      },
      "warn",
      "mail: job a failed (error): no such thing; it runs again in 3 s",
    ],
    [
      { event: "job.failed", queue: "mail", job: "a", error: undefined },
      "error",
      "mail: job a is kept as failed: no reason known",
    ],
    [{ event: "store.lost", queue: "mail", error: ERROR }, "error", "mail: no such thing; trying again"],
    [
      { event: "worker.output", queue: "mail", pid: 9, job: "a", stream: "stderr", message: "sent" },
      "info",
      "mail: worker 9, job a | sent",
    ],
    [
      { event: "worker.output", queue: "mail", pid: 9, job: undefined, stream: "stdout", message: "loaded" },
      "info",
      "mail: worker 9 | loaded",
    ],
    [
      { event: "master.started", queue: "mail", pid: 8, owner: "o.1." },
      "debug",
      "mail: master 8 starts, as owner o.1.",
    ],
    [{ event: "worker.ready", queue: "mail", pid: 9, seconds: 0.2 }, "debug", "mail: worker 9 is ready after 0.2 s"],
    [
      { event: "worker.left", queue: "mail", pid: 9, how: "with exit code 0" },
      "debug",
      "mail: worker 9 was to leave, and ended with exit code 0",
    ],
    [{ event: "log.lost", lines: 2 }, "warn", "lost 2 lines of the log: nobody took them in time"],
  ] satisfies [Event, LogLevel, string][])("of %j", (event, level, text) => {
    expect(lineOf(event)).toEqual({ level, text });
  });
});

test.each([
  ["debug", ["debug", "info", "warn", "error"]],
  ["info", ["info", "warn", "error"]],
  ["warn", ["warn", "error"]],
  ["error", ["error"]],
] as const)("of level %s is logged what is at least that", (least, expected) => {
  expect(LOG_LEVELS.filter((level) => isLogged(level, least))).toEqual([...expected]);
});

test("what was printed is logged line by line, everything else as one entry", () => {
  const output = { event: "worker.output", queue: "q", pid: 7, job: "a", stream: "stdout" } as const;
  expect(entriesOf({ ...output, message: "one\ntwo" })).toEqual([
    { ...output, message: "one" },
    { ...output, message: "two" },
  ]);
  const other: Event = { event: "worker.stray", queue: "q", pid: 7, error: { name: "Error", message: "one\ntwo" } };
  expect(entriesOf(other)).toEqual([other]);
});
