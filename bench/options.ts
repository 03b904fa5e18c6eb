import { parseArgs } from "node:util";

export interface BenchOptions {
  readonly only: readonly string[] | undefined;
  readonly jobs: number;
  readonly rounds: number;
}

export const USAGE = `Usage: npm run bench -- [options]

  --only a,b     measure only these: throughput, pushing, latency, idle, memory, recovery, start
  --jobs n       jobs of a full queue (default: 100000)
  --rounds n     times that each system is measured, in turns (default: 3)`;

/** Reads the command line. Throws an error that says what is wrong with it. */
export function readOptions(args: readonly string[], measures: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      jobs: { type: "string", default: "100000" },
      rounds: { type: "string", default: "3" },
    },
  });
  const only = values.only?.split(",");
  const unknown = only?.find((name) => !measures.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: expected some of ${measures.join(", ")}`);
  return { only, jobs: readCount("--jobs", values.jobs), rounds: readCount("--rounds", values.rounds) };
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${name} ${text}: expected a whole number above 0`);
}
