import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Board } from "../../../src/process/board.ts";
import { hostClock } from "../../../src/process/clock.ts";
import { WorkerOutput } from "../../../src/process/master/worker-output.ts";
import { type Event, listen } from "../../../src/telemetry/events.ts";

const MARK = "a word of two";

const folder = mkdtempSync(join(tmpdir(), "mpq-output-"));
afterAll(() => rmSync(folder, { recursive: true }));

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0).reverse()) step();
});

/** A worker's output, its board, and what was told so far as `job: lines`. */
function worker(): {
  output: WorkerOutput;
  board: Board;
  told: string[];
  begin: (job: string) => void;
  end: () => void;
} {
  const board = Board.create(join(folder, "board"));
  const told: string[] = [];
  undo.push(
    listen((event: Event) => {
      if (event.event === "worker.output")
        told.push(`${event.job ?? "nobody"}: ${event.message.replaceAll("\n", " ")}`);
    }),
  );
  let word = 0;
  const begin = (job: string): void => {
    board.label(0, { id: job, token: "token" });
    word = board.hand(0);
    board.begin(0, word, hostClock.now(), 0);
  };
  const end = (): void => board.end(0, word, "done", hostClock.now());
  return {
    output: new WorkerOutput({ queue: "q", board, mark: MARK, pid: () => 7 }, hostClock),
    board,
    told,
    begin,
    end,
  };
}

describe("what a worker prints", () => {
  test("belongs to the job that runs alone, as long as no mark is on its way", () => {
    const { output, told, begin } = worker();
    output.onLines("stdout", ["loading"]);
    begin("a");
    output.onLines("stdout", ["one", "two"]);
    expect(told).toEqual(["nobody: loading", "a: one two"]);
  });

  test("belongs to the job that the mark behind it names, whoever runs by then", () => {
    const { output, board, told, begin, end } = worker();
    begin("a");
    board.mark("stdout");
    end();
    begin("b");
    output.onLines("stdout", ["of a", `${MARK}a`, "of b"]);
    expect(told).toEqual(["a: of a", "b: of b"]);
  });

  test("is held while a mark is on its way, each stream by itself", () => {
    const { output, board, told, begin, end } = worker();
    begin("a");
    board.mark("stdout");
    end();
    begin("b");
    output.onLines("stdout", ["of a"]);
    output.onLines("stderr", ["of b"]);
    output.onLines("stdout", ["of a as well"]);
    expect(told).toEqual(["b: of b"]);
    output.onLines("stdout", [`${MARK}a`]);
    expect(told).toEqual(["b: of b", "a: of a", "a: of a as well"]);
  });

  test("is nobody's in particular when the mark says so, and when it never comes", () => {
    const { output, board, told } = worker();
    board.mark("stdout");
    output.onLines("stdout", ["of two", MARK]);
    board.mark("stdout");
    output.onLines("stdout", ["of one that was killed"]);
    output.onEnd("stdout");
    expect(told).toEqual(["nobody: of two", "nobody: of one that was killed"]);
  });

  test("is told in pieces that the log can take one by one", () => {
    const { output, told } = worker();
    output.onLines(
      "stdout",
      Array.from({ length: 1_200 }, (_, line) => String(line)),
    );
    expect(told.map((piece) => piece.split(" ").length - 1)).toEqual([500, 500, 200]);
  });
});
