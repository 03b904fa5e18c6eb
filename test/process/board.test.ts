import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TOKEN_MAX } from "../../src/driver/driver.ts";
import { NEW_RECORD } from "../../src/job/attempt.ts";
import { BOARD_SLOTS, Board } from "../../src/process/board.ts";
import { sameRun } from "../../src/process/slot-word.ts";
import { boardsIn } from "../../src/process/boards.ts";
import { type Child, linesOf, nextLine, startChild } from "../support/child.ts";

const FAILING = { ...NEW_RECORD, phase: "failing" } as const;
const folder = mkdtempSync(join(tmpdir(), "mpq-board-"));
const children: Child[] = [];
let boards = 0;

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    await child.exited;
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function newBoard(): Board {
  return boardsIn(folder).create("owner.1.", String(++boards));
}

function start(code: string, ...args: readonly string[]): Child {
  const child = startChild(code, ...args);
  children.push(child);
  return child;
}

describe("a slot", () => {
  test("goes from free by handed and running to its end, and is free again", () => {
    const board = newBoard();
    const word = board.hand(7);
    const states = [board.state(7)];
    expect(board.begin(7, word, 100, 200)).toBe(true);
    states.push(board.state(7));
    expect(board.run(7)).toEqual({ startedAt: 100, deadline: 200 });
    board.end(7, word, "done", 150);
    states.push(board.state(7));
    board.free(7);
    expect([...states, board.state(7)]).toEqual(["handed", "running", "done", "free"]);
  });

  test("is what keeps a board from being empty, in whichever state, until it is free", () => {
    const board = newBoard();
    const empty = [board.isEmpty];
    const word = board.hand(BOARD_SLOTS - 1);
    empty.push(board.isEmpty);
    board.revoke(BOARD_SLOTS - 1, word);
    empty.push(board.isEmpty);
    board.free(BOARD_SLOTS - 1);
    expect([...empty, board.isEmpty]).toEqual([true, false, false, true]);
  });

  test("that was taken back cannot be begun", () => {
    const board = newBoard();
    const word = board.hand(0);
    expect([board.revoke(0, word), board.begin(0, word, 1, 0), board.state(0)]).toEqual([true, false, "revoked"]);
  });

  test("that was begun cannot be taken back", () => {
    const board = newBoard();
    const word = board.hand(0);
    expect([board.begin(0, word, 1, 0), board.revoke(0, word), board.state(0)]).toEqual([true, false, "running"]);
  });

  test("that is used again does not answer to the word of an earlier job", () => {
    const board = newBoard();
    const earlier = board.hand(0);
    board.free(0);
    const later = board.hand(0);
    expect([board.begin(0, earlier, 1, 0), board.revoke(0, earlier), board.state(0)]).toEqual([false, false, "handed"]);
    expect([sameRun(earlier, later), sameRun(later, board.word(0))]).toEqual([false, true]);
  });

  test("keeps which job it holds: the longest id, and the longest token", () => {
    const board = newBoard();
    const id = "i".repeat(64);
    board.label(BOARD_SLOTS - 1, { id, token: "1-22" });
    board.label(BOARD_SLOTS - 2, { id: "short", token: "t".repeat(TOKEN_MAX), record: FAILING });
    expect(board.labelled(BOARD_SLOTS - 1)).toEqual({ id, token: "1-22", phase: "running" });
    expect(board.labelled(BOARD_SLOTS - 2)).toEqual({ id: "short", token: "t".repeat(TOKEN_MAX), phase: "failing" });
    expect(() => board.label(0, { id, token: "t".repeat(TOKEN_MAX + 1) })).toThrow(RangeError);
  });
});

test("a board counts what ended well and badly, and how long it took", () => {
  const board = newBoard();
  for (const [slot, how, tookMs] of [[0, "done", 5] as const, [1, "failed", 7] as const]) {
    const word = board.hand(slot);
    board.begin(slot, word, 1_000, 0);
    board.end(slot, word, how, 1_000 + tookMs);
  }
  expect(board.totals()).toEqual({ finished: 2, busyMs: 12 });
  expect([...board.used()]).toEqual([0, 1]);
});

test("a board is readable for this user alone, is found by its owner, and goes when it is removed", () => {
  const board = newBoard();
  expect(statSync(board.path).mode & 0o777).toBe(0o600);
  const found = [...boardsIn(folder).ofOwner("owner.1.")].map((left) => left.board.path);
  expect(found).toContain(board.path);
  expect([...boardsIn(folder).ofOwner("owner.2.")]).toEqual([]);
  board.remove();
  expect(existsSync(board.path)).toBe(false);
  expect(board.state(0)).toBe("free");
});

/** Begins every slot that the other side does not take back first, and prints which. */
const BEGINNER = `
  import { BOARD_SLOTS, Board } from "SRC/process/board.ts";
  const board = Board.open(process.argv.at(-1));
  const words = Array.from({ length: BOARD_SLOTS }, (_, slot) => board.word(slot));
  console.log("ready");
  while (board.state(0) === "free");
  const begun = [];
  for (let slot = 1; slot < BOARD_SLOTS; slot++) if (board.begin(slot, words[slot], slot, 0)) begun.push(slot);
  console.log(JSON.stringify(begun));
`;

describe("of two processes that race for slots which were handed out", () => {
  const upwards = Array.from({ length: BOARD_SLOTS - 1 }, (_, index) => index + 1);
  const orders = { "in the same order": upwards, "from the other end": upwards.toReversed() };

  test.each(Object.entries(orders))("each gets what the other does not, %s", async (_title, order) => {
    const board = newBoard();
    const words = Array.from({ length: BOARD_SLOTS }, (_, slot) => (slot === 0 ? 0 : board.hand(slot)));
    const lines = linesOf(start(BEGINNER, board.path));
    expect(await nextLine(lines)).toBe("ready");
    // The shot that both hear: the child looks at this slot without a pause.
    board.hand(0);
    const revoked = order.filter((slot) => board.revoke(slot, words[slot] ?? 0));
    const begun = JSON.parse(await nextLine(lines)) as number[];

    expect([...begun, ...revoked].sort((one, other) => one - other)).toEqual(upwards);
    expect(begun.every((slot) => board.state(slot) === "running" && board.run(slot).startedAt === slot)).toBe(true);
    expect(revoked.every((slot) => board.state(slot) === "revoked")).toBe(true);
  });
});

/** Runs what it was handed, one well, one badly, and stays in the third until it is killed. */
const RUNNER = `
  import { Board } from "SRC/process/board.ts";
  const board = Board.open(process.argv.at(-1));
  const [first, second, third] = [1, 2, 3].map((slot) => ({ slot, word: board.word(slot) }));
  for (const { slot, word } of [first, second, third]) board.begin(slot, word, 10 * slot, 1_000);
  board.end(first.slot, first.word, "done", 15);
  board.end(second.slot, second.word, "failed", 26);
  console.log("running");
  for (;;);
`;

test("what a worker wrote survives its SIGKILL, for who has the board open and for who opens it later", async () => {
  const board = newBoard();
  for (const slot of [1, 2, 3, 4]) {
    board.label(slot, { id: `job-${slot}`, token: `token-${slot}` });
    board.hand(slot);
  }
  const child = start(RUNNER, board.path);
  expect(await nextLine(linesOf(child))).toBe("running");
  child.kill("SIGKILL");
  await child.exited;

  for (const seen of [board, Board.open(board.path)]) {
    expect([1, 2, 3, 4, 5].map((slot) => seen.state(slot))).toEqual(["done", "failed", "running", "handed", "free"]);
    expect(seen.run(3)).toEqual({ startedAt: 30, deadline: 1_000 });
    expect(seen.labelled(3)).toMatchObject({ id: "job-3", token: "token-3" });
    expect(seen.totals()).toEqual({ finished: 2, busyMs: 11 });
  }
});
