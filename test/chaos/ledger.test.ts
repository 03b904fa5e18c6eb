import { expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ledger, runsOf } from "../../chaos/ledger.ts";
import type { Line } from "../../chaos/project/note.ts";

const START: Line = { step: "start", job: "a", attempt: 1, pid: 7, born: 0, at: 1 };

test("a line that is cut off where its writer was killed hides none of the others, and is read when it is whole", () => {
  const folder = mkdtempSync(join(tmpdir(), "mpq-ledger-"));
  const ledger = new Ledger(join(folder, "ledger.jsonl"));
  const text = JSON.stringify(START);
  appendFileSync(
    ledger.path,
    `${text}\n${text.slice(0, 40)}${JSON.stringify({ ...START, job: "b" })}\n${text.slice(0, 20)}`,
  );
  expect(ledger.lines().map(({ job }) => job)).toEqual(["a", "b"]);
  appendFileSync(ledger.path, `${text.slice(20)}\n`);
  expect(ledger.lines().map(({ job }) => job)).toEqual(["a", "b", "a"]);
  rmSync(folder, { recursive: true });
});

test("a start and its end make a run, and what its process began later is counted", () => {
  const second: Line = { ...START, job: "b", at: 3 };
  const [first, next] = runsOf([START, { ...START, step: "done", at: 2 }, second]);
  expect(first).toMatchObject({ job: "a", startedAt: 1, end: { how: "done", at: 2 }, later: 1 });
  expect(next).toMatchObject({ job: "b", later: 0 });
  expect(next?.end).toBeUndefined();
});

test("what began beside a run, before it ended, was not begun later", () => {
  const [first, second] = runsOf([START, { ...START, job: "b", at: 2 }, { ...START, step: "done", at: 3 }]);
  expect([first?.later, second?.later]).toEqual([0, 0]);
});
