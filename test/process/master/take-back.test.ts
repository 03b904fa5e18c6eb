import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Board } from "../../../src/process/board.ts";
import { takeBack } from "../../../src/process/master/take-back.ts";
import { startChild } from "../../support/child.ts";

/** A worker that uses one slot again and again, until so many of its jobs were taken from it, and says which. */
const WORKER = `
  import { Board } from "SRC/process/board.ts";
  const board = Board.open(process.argv.at(-1));
  const taken = [];
  for (let job = 1; taken.length < 200; job++) {
    const id = "job-" + job;
    board.label(0, { id, token: String(job) });
    const word = board.hand(0);
    // A job in five is left for a while.
    for (let spin = 0; spin < (job % 5 === 0 ? 2_000 : 0) && board.state(0) === "handed"; spin++);
    if (!board.begin(0, word, 0, 0)) taken.push(id);
    board.free(0);
  }
  console.log(taken.join(" "));`;

test("what is taken back from a worker that goes on is what the worker misses, and nothing else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "mpq-board-"));
  const board = Board.create(join(folder, "board"));
  const worker = startChild(WORKER, board.path);
  const back: string[] = [];
  while (worker.exitCode === null) {
    for (let look = 0; look < 1_000; look++) back.push(...takeBack(board).map(({ id }) => id));
    await new Promise((resolve) => setImmediate(resolve));
  }
  const missed = (await worker.stdout.text()).trim().split(" ");
  expect(back).toEqual(missed);
  rmSync(folder, { recursive: true });
});
