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

const UNHEARD = "the run threw, and its worker died before it could say what";

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

  test("had thrown, as its board says", () => {
    const board = boardWith("failed");
    board.noteFailure(0, board.word(0), { outcome: "timeout", error: { name: "E", message: "m" }, final: true });
    expect(settled(board)).toMatchObject({
      kind: "failing",
      record: { attempts: [{ outcome: "timeout", error: { name: "E", message: "m" } }] },
    });
  });

  test("had thrown, and says that nobody heard what where the board does not say it", () => {
    expect(settled(boardWith("failed"))).toMatchObject({
      kind: "retry",
      record: { attempts: [{ outcome: "error", error: { message: UNHEARD } }] },
    });
  });
});

describe("a job that the store knows to be failing", () => {
  const job: TakenJob = { ...JOB, record: { ...NEW_RECORD, phase: "failing" } };

  test.each(["running", "failed"] as const)("is left as it is where the board tells of the run before: %s", (state) => {
    const board = boardWith(state);
    board.label(0, JOB);
    expect(settleSlot(board, 0, job, { ...END, ...runIn(board, 0, hostClock) })).toBeUndefined();
  });

  test("is failed where the board says that the callback threw: it is not repeated", () => {
    const board = boardWith("failed");
    board.label(0, job);
    expect(settleSlot(board, 0, job, { ...END, ...runIn(board, 0, hostClock) })).toMatchObject({
      kind: "failed",
      record: { callbackError: { message: UNHEARD } },
    });
  });
});

test("only a job that is in somebody's hands is held still", () => {
  const { token: _, ...stored } = JOB;
  expect(heldStill({ ...stored, state: "active" }, "u")).toMatchObject({ id: "a", token: "u" });
  expect(heldStill({ ...stored, state: "failed" }, "u")).toBeUndefined();
  expect(heldStill(undefined, "u")).toBeUndefined();
});
