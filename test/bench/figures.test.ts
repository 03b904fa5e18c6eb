import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outcomesOf } from "../../bench/goals.ts";
import { Ledger } from "../../bench/ledger.ts";
import { machine } from "../../bench/machine.ts";
import { needlessWaits } from "../../bench/measure/fairness.ts";
import { picture } from "../../bench/picture.ts";
import { cpuMs } from "../../bench/processes.ts";
import { report } from "../../bench/report.ts";
import { Results } from "../../bench/results.ts";
import { percentile, summaryOf } from "../../bench/statistics.ts";

const folder = mkdtempSync(join(tmpdir(), "mpq-figures-"));
afterAll(() => rmSync(folder, { recursive: true }));

const PLAN = { jobs: 100, rounds: 3, quick: false, large: false };
const FULL = { what: "no-op jobs, full queue", unit: "jobs/s", better: "more" } as const;

/** A process that begins a job each millisecond from `from` on, as the benchmark's handler would note it. */
function writeProcess(name: string, { from, jobs }: { readonly from: number; readonly jobs: number }): void {
  const marks = Array.from({ length: Math.floor(jobs / 100) }, (_, index) => from + (index + 1) * 100 - 1);
  const note = { count: jobs, last: from + jobs - 1, first: from, marks, delays: [1, 2], runs: [] };
  writeFileSync(join(folder, name), `${JSON.stringify(note)}\n`);
}

test("the rate of two processes is that of both together, without the jobs that warmed them up", () => {
  writeProcess("1.jsonl", { from: 0, jobs: 1_050 });
  writeProcess("2.jsonl", { from: 0, jobs: 1_050 });
  const ledger = new Ledger(folder);
  expect(ledger.count()).toBe(2_100);
  expect(ledger.rateAfter(200)).toBeCloseTo(2_000, 5);
  expect(ledger.rateAfter(200, 1_000)).toBeCloseTo(2_000, 5);
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
  const results = new Results(machine(), PLAN);
  const reading = { what: "no-op jobs", unit: "jobs/s", better: "more" } as const;
  for (const value of [60, 30, 80]) results.add({ measure: "m", product: "mpq", system: "mpq" }, { ...reading, value });
  for (const value of [20, 10, 20]) results.add({ measure: "m", product: "p", system: "peer" }, { ...reading, value });
  results.miss({ measure: "m", system: "other", reason: "other is not installed" });
  const text = report(results);
  expect(text).toContain("| no-op jobs (more is better) | ÷ peer |\n| --- | --- |\n| mpq | **3×** (3× – 4×) |");
  expect(text).toContain("| no-op jobs | peer | jobs/s | 20 | 10 – 20 |");
  expect(text).toContain("- m, other: other is not installed");
});

test("a goal is met only when the worst of its systems meets it, and a ratio is one to the best peer", () => {
  const results = new Results(machine(), PLAN);
  const add = (system: string, value: number): void =>
    results.add({ measure: "throughput", product: system.split(/[ ,]/)[0] ?? "", system }, { ...FULL, value });
  add("mpq Redis, distribute", 140_000);
  add("mpq SQLite, distribute", 100_000);
  add("mpq SQLite, grab", 90_000);
  add("bullmq, 1 × 50", 20_000);
  add("bullmq, 2 × 1", 9_000);
  const outcomes = new Map(outcomesOf(results).map((outcome) => [outcome.goal, outcome]));
  expect(outcomes.get("No-op jobs, Redis, distribute")).toMatchObject({ measured: { value: 140_000 }, met: false });
  expect(outcomes.get("No-op jobs, SQLite")).toMatchObject({ measured: { system: "mpq SQLite, grab" }, met: true });
  expect(outcomes.get("– over BullMQ at its best")).toMatchObject({ measured: { value: 7, unit: "×" }, met: true });
  expect(outcomes.get("No-op jobs, Redis, grab")).toMatchObject({ measured: undefined, met: false });
});

test("growth is judged by the step that falls farthest behind a smaller one", () => {
  const results = new Results(machine(), PLAN);
  const place = { measure: "growth", product: "mpq", system: "mpq Redis, grab" };
  for (const [workers, value] of [
    [1, 50],
    [2, 100],
    [8, 80],
    [64, 90],
  ])
    results.add(place, { ...FULL, what: `no-op jobs, workers: ${workers}`, value: value ?? 0 });
  const outcome = outcomesOf(results).find(({ goal }) => goal === "More workers");
  expect(outcome).toMatchObject({ measured: { value: 80, unit: "%" }, met: false });
});

test("a wait counts as far as a worker had nothing to do, and only that of a short job", () => {
  const busy = [{ pushed: 0, begun: 0, ended: 1_000 }];
  const behind = { pushed: 10, begun: 1_000, ended: 1_001 };
  expect(needlessWaits([[...busy, behind], busy], 0)).toEqual([0]);
  const idleFrom400 = [{ pushed: 0, begun: 0, ended: 400 }];
  expect(needlessWaits([[...busy, behind], idleFrom400], 0)).toContain(600);
  expect(needlessWaits([[...busy, behind], idleFrom400], 2)).toEqual([]);
  const long = { pushed: 10, begun: 1_000, ended: 2_000 };
  expect(needlessWaits([[...busy, long], idleFrom400], 0)).toEqual([0]);
});

test("the CPU time of a process is that of its own clock, fine to less than a millisecond", () => {
  const before = cpuMs([process.pid]);
  const own = process.cpuUsage();
  let spent = 0;
  while (spent < 5_000) {
    const { user, system } = process.cpuUsage(own);
    spent = user + system;
  }
  expect(cpuMs([process.pid]) - before).toBeGreaterThanOrEqual(spent / 1_000);
});

test("the CPU time of a job has a table of its own, by what the processes are for", () => {
  const results = new Results(machine(), PLAN);
  const place = { measure: "throughput", product: "mpq", system: "mpq Redis, grab" };
  const used = { unit: "µs", better: "less" } as const;
  results.add(place, { ...used, what: "CPU per job, master", role: "master", value: 2 });
  results.add(place, { ...used, what: "CPU per job, worker", role: "worker", value: 3 });
  expect(report(results)).toContain(
    "| System | master | worker | all |\n| --- | --- | --- | --- |\n| mpq Redis, grab | 2 | 3 | 5 |",
  );
});

test("the picture has a bar for each system, the best first", () => {
  const results = new Results(machine(), PLAN);
  const place = (product: string): { measure: string; product: string; system: string } => {
    return { measure: "throughput", product, system: `${product} <1>` };
  };
  results.add(place("bullmq"), { ...FULL, value: 10_000 });
  results.add(place("mpq"), { ...FULL, value: 150_000 });
  const svg = picture(results);
  expect([...svg.matchAll(/<rect /g)]).toHaveLength(2);
  expect(svg.indexOf("mpq &lt;1>")).toBeLessThan(svg.indexOf("bullmq &lt;1>"));
  expect(svg).toContain("150,000");
});

test("a run that was stopped goes on with the measures that were taken whole, on the same machine by the same plan", () => {
  const before = new Results(machine(), PLAN);
  const place = { product: "mpq", system: "mpq" };
  before.add({ ...place, measure: "throughput" }, { ...FULL, value: 100 });
  before.taken.push("throughput");
  before.add({ ...place, measure: "work" }, { ...FULL, what: "1 ms jobs", value: 1 });
  before.miss({ measure: "work", system: "mpq", reason: "it was stopped" });
  const text = JSON.stringify(before);
  const results = Results.read(text, machine(), PLAN);
  expect(results.figures.map(({ measure, values }) => ({ measure, values }))).toEqual([
    { measure: "throughput", values: [100] },
  ]);
  expect(results).toMatchObject({ taken: ["throughput"], gaps: [], startedAt: before.startedAt });
  expect(() => Results.read(text, machine(), { ...PLAN, jobs: 7 })).toThrow(
    "--continue: the plan must be that of the run",
  );
  expect(() => Results.read(text, { ...machine(), cores: 99 }, PLAN)).toThrow("--continue: the machine must be that");
});
