import { describe, expect, test } from "bun:test";
import type { LogLevel } from "../../src/config/config.ts";
import type { Event } from "../../src/telemetry/events.ts";
import { lineOf } from "../../src/telemetry/log.ts";
import { startChild } from "../support/child.ts";

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
  ] satisfies [Event, LogLevel, string][])("of %j", (event, level, text) => {
    expect(lineOf(event)).toEqual({ level, text });
  });
});

const EMIT = `
  import { emit } from "SRC/telemetry/events.ts";
  import { startLog } from "SRC/telemetry/log.ts";
  startLog(process.argv.at(-1));
  emit({ event: "service.stopped", name: "an info" });
  emit({ event: "jobs.recovered", queue: "a warning", owner: "o", jobs: 1 });
  emit({ event: "master.died", queue: "an error", how: "by SIGKILL" });
`;

describe("a log of level", () => {
  test.each([
    ["debug", ["an info", "a warning", "an error"]],
    ["info", ["an info", "a warning", "an error"]],
    ["warn", ["a warning", "an error"]],
    ["error", ["an error"]],
  ] as const)("%s writes what is at least that, to stderr alone", async (level, expected) => {
    const child = startChild(EMIT, level);
    const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect(stdout).toBe("");
    expect(["an info", "a warning", "an error"].filter((text) => stderr.includes(text))).toEqual([...expected]);
  });
});
