/**
 * The process tree in simulated time: the real masters, workers, exchange loops, boards and recovery of one host or two, on
 * the model of a store (`test/model`), with processes that die at any step, hosts that are cut off, calls and messages that
 * are late or lost, and jobs that throw, hang, block and exit. A seed makes a schedule, and the same seed makes it again.
 *
 * The ledger holds, in every schedule: every job is done or failed in the end, and not both (I1); none runs twice at once
 * (I2), nor more often than its policy and the deaths around it allow (I3); nothing is left behind: no process, board or
 * lease (I4); nothing is accepted from an owner that lost the job (I5); with one worker jobs begin in their order (I6); and
 * after the last fault all is done within a bound (I7). No job that was finished runs again.
 *
 *     MPQ_SIMULATION_SCHEDULES=1000000 bun test test/simulation    more schedules than the suite has time for
 *     MPQ_SIMULATION_FROM=500000 bun test test/simulation          others: the seeds from this one
 *     MPQ_SIMULATION_SEED=123 bun test test/simulation             this one alone, and all that happens in it
 */
import { expect, test } from "bun:test";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { runSchedule } from "./schedule.ts";
import type { Sabotage } from "./world.ts";

const SCHEDULES = Number(process.env["MPQ_SIMULATION_SCHEDULES"] ?? 100_000);
const FROM = Number(process.env["MPQ_SIMULATION_FROM"] ?? 1);
const SEED = process.env["MPQ_SIMULATION_SEED"];
/** One schedule takes a millisecond or two, but a hunt may be as long as its hunter likes. */
const PATIENCE_MS = 60_000 + SCHEDULES * 10;

if (SEED !== undefined) {
  test(`schedule ${SEED}`, () => {
    expect(runSchedule(Number(SEED), { trace: (line) => console.log(line) })).toBeUndefined();
  });
} else {
  test(`no promise is broken in ${SCHEDULES} schedules`, findNothing, PATIENCE_MS);
}

/** Each processor has its share of the seeds. */
async function findNothing(): Promise<void> {
  const parts = availableParallelism();
  const count = Math.ceil(SCHEDULES / parts);
  const found = await Promise.all(Array.from({ length: parts }, (_, part) => runPart(FROM + part, parts, count)));
  expect(found.flat()).toEqual([]);
}

async function runPart(...numbers: readonly number[]): Promise<readonly unknown[]> {
  const command = [process.execPath, join(import.meta.dir, "part.ts"), ...numbers.map(String)];
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  return JSON.parse(await child.stdout.text()) as readonly unknown[];
}

/** So many schedules show each of these. */
const ENOUGH = 1_000;
const SABOTAGES: readonly Sabotage[] = [
  "children outlive their parents",
  "boards are lost with their worker",
  "the store loses a job",
];

test.each(SABOTAGES)("that %s is found", (sabotage) => {
  const seeds = Array.from({ length: ENOUGH }, (_, index) => index + 1);
  expect(seeds.find((seed) => runSchedule(seed, { sabotage }) !== undefined)).toBeDefined();
});
