import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Settlement, TakenJob } from "../../src/driver/driver.ts";
import { NEW_RECORD } from "../../src/job/attempt.ts";
import { encodeEnvelope } from "../../src/job/envelope.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";
import { Board } from "../../src/process/board.ts";
import { hostBornMs, hostClock } from "../../src/process/clock.ts";
import { begunSlots, heldStill, runIn, settleSlot } from "../../src/process/left-behind.ts";

const folder = mkdtempSync(join(tmpdir(), "mpq-left-"));
afterAll(() => rmSync(folder, { recursive: true }));

const JOB: TakenJob = {
  id: "a",
  token: "t",
  envelope: encodeEnvelope({ name: "job", policy: DEFAULT_POLICY }),
  interruptions: 0,
};

const END = { outcome: "killed", error: { name: "WorkerKilled", message: "killed" } } as const;

/** A board with a job in slot 0 that came as far as `state`. */
function boardWith(state: "handed" | "revoked" | "running" | "done" | "failed"): Board {
  const board = Board.create(join(folder, state));
  board.sign({ pid: 7, hostBornMs: hostBornMs(hostClock) });
  const word = board.hand(0);
  if (state === "revoked") board.revoke(0, word);
  if (state === "handed" || state === "revoked") return board;
  board.begin(0, word, hostClock.now() - 1_500, 0);
  if (state !== "running") board.end(0, word, state, hostClock.now());
  return board;
}

function settled(board: Board): Settlement | undefined {
  return settleSlot(board, 0, JOB, { ...END, ...runIn(board, 0, hostClock) });
}

describe("a worker that is gone leaves a job that", () => {
  test.each(["handed", "revoked"] as const)("was %s and not begun, so nothing is settled", (state) => {
    const board = boardWith(state);
    expect([...begunSlots(board)]).toEqual([]);
    expect(settled(board)).toBeUndefined();
  });

  test("was done", () => {
    expect(settled(boardWith("done"))).toEqual({ id: "a", token: "t", kind: "done" });
  });

  test("ran, so its attempt says why it ended, since when it ran and where", () => {
    const board = boardWith("running");
    expect([...begunSlots(board)]).toEqual([0]);
    const settlement = settled(board);
    const [attempt] = settlement !== undefined && "record" in settlement ? settlement.record.attempts : [];
    expect(attempt).toMatchObject({ ...END, worker: `${hostname()}:7` });
    expect(attempt?.seconds).toBeWithin(1.5, 10);
    expect(Date.now() - Date.parse(attempt?.startedAt ?? "")).toBeWithin(1_500, 10_000);
  });

  test("had thrown, and says that nobody heard what", () => {
    expect(settled(boardWith("failed"))).toMatchObject({
      kind: "retry",
      record: { attempts: [{ outcome: "error", error: { message: expect.stringContaining("could say what") } }] },
    });
  });
});

test("a failure callback that may not have run is run again, though its worker's board says that something threw", () => {
  const job: TakenJob = { ...JOB, record: { ...NEW_RECORD, phase: "failing" } };
  const board = boardWith("failed");
  expect(settleSlot(board, 0, job, { ...END, ...runIn(board, 0, hostClock) })).toMatchObject({
    kind: "failing",
    record: { phase: "failing", callbackTries: 1 },
  });
});

test("only a job that is in somebody's hands is held still", () => {
  const { token: _, ...stored } = JOB;
  expect(heldStill({ ...stored, state: "active" }, "u")).toMatchObject({ id: "a", token: "u" });
  expect(heldStill({ ...stored, state: "failed" }, "u")).toBeUndefined();
  expect(heldStill(undefined, "u")).toBeUndefined();
});
