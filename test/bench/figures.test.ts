import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ledger } from "../../bench/ledger.ts";
import { machine } from "../../bench/machine.ts";
import { report } from "../../bench/report.ts";
import { Results } from "../../bench/results.ts";
import { percentile, summaryOf } from "../../bench/statistics.ts";

const folder = mkdtempSync(join(tmpdir(), "mpq-figures-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A process that begins a job each millisecond from `from` on, as the benchmark's handler would note it. */
function writeProcess(name: string, { from, jobs }: { readonly from: number; readonly jobs: number }): void {
  const marks = Array.from({ length: Math.floor(jobs / 100) }, (_, index) => from + (index + 1) * 100 - 1);
  const note = { count: jobs, last: from + jobs - 1, first: from, marks, delays: [1, 2] };
  writeFileSync(join(folder, name), `${JSON.stringify(note)}\n`);
}

test("the rate of two processes is that of both together, without the jobs that warmed them up", () => {
  writeProcess("1.jsonl", { from: 0, jobs: 1_050 });
  writeProcess("2.jsonl", { from: 0, jobs: 1_050 });
  const ledger = new Ledger(folder);
  expect(ledger.count()).toBe(2_100);
  expect(ledger.rateAfter(200)).toBeCloseTo(2_000, 5);
  expect(ledger.firstAt()).toBe(0);
  expect(ledger.delays()).toEqual([1, 2, 1, 2]);
});

test("a median lies between the two in the middle, and a percentile is a value that was measured", () => {
  expect(summaryOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  const values = Array.from({ length: 200 }, (_, index) => index + 1);
  expect(percentile(values, 0.5)).toBe(100);
  expect(percentile(values, 0.99)).toBe(198);
});

test("a ratio is formed round by round, and what is missing is named", () => {
  const results = new Results(machine(), 100, 3);
  const reading = { what: "no-op jobs", unit: "jobs/s", better: "more" } as const;
  for (const value of [60, 30, 80]) results.add({ measure: "m", product: "mpq", system: "mpq" }, { ...reading, value });
  for (const value of [20, 10, 20]) results.add({ measure: "m", product: "p", system: "peer" }, { ...reading, value });
  results.miss({ measure: "m", system: "other", reason: "other is not installed" });
  const text = report(results);
  expect(text).toContain("| no-op jobs (more is better) | ÷ peer |\n| --- | --- |\n| mpq | **3×** (3× – 4×) |");
  expect(text).toContain("| no-op jobs | peer | jobs/s | 20 | 10 – 20 |");
  expect(text).toContain("- m, other: other is not installed");
});
