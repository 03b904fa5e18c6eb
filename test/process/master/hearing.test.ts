import { describe, expect, test } from "bun:test";
import { hear } from "../../../src/process/master/hearing.ts";
import type { WorkerToMaster } from "../../../src/process/protocol.ts";

const ERROR = { name: "Error", message: "m", stack: "s" };
const FAILURE = { slot: 3, word: 9, outcome: "error", error: ERROR, final: false } as const;

const MARK = "known to two";
const EVENT = { event: "store.back", queue: "q" } as const;

const WORDS: readonly WorkerToMaster[] = [
  { say: "event", mark: MARK, event: EVENT },
  { say: "ready" },
  { say: "broken", error: ERROR },
  { say: "progress", failures: [] },
  { say: "progress", failures: [FAILURE, { ...FAILURE, outcome: "released", final: true }] },
];

/** What user code, or a package that thinks it is somebody's child, may say over the worker's channel. */
const RUBBISH: readonly unknown[] = [
  undefined,
  null,
  17,
  "ready",
  [],
  {},
  { say: "run" },
  { say: "event", event: EVENT },
  { say: "event", mark: "guessed", event: EVENT },
  { say: "broken" },
  { say: "broken", error: "text" },
  { say: "broken", error: { name: "Error", message: 5 } },
  { say: "progress" },
  { say: "progress", failures: "all" },
  { say: "progress", failures: { length: 1 } },
  ...Object.keys(FAILURE).map((field) => ({ say: "progress", failures: [FAILURE, { ...FAILURE, [field]: null }] })),
  { say: "progress", failures: [{ ...FAILURE, outcome: "killed" }] },
  { say: "progress", failures: [{ ...FAILURE, slot: 1.5 }] },
];

describe("what comes over a worker's channel", () => {
  test("is heard where it is the worker's own word", () => {
    for (const word of WORDS) expect(hear(word, MARK)).toEqual(word);
  });

  test.each(RUBBISH.map((said) => [JSON.stringify(said) ?? "nothing", said] as const))(
    "is not heard where it is somebody else's: %s",
    (_, said) => {
      expect(hear(said, MARK)).toBeUndefined();
    },
  );
});
