import { parseArgs } from "node:util";
import type { Plan } from "./measure/measure.ts";

export interface BenchOptions extends Plan {
  readonly only: readonly string[] | undefined;
  readonly rounds: number;
  /** Goes on with the run before. */
  readonly continue: boolean;
}

export const USAGE = `Usage: npm run bench -- [options]

  --only a,b     measure only these
  --jobs n       jobs of a full queue (default: 200000)
  --rounds n     times that each system is measured, in turns (default: 3)
  --large        growth up to five million waiting jobs
  --continue     take what the run before has not: it was stopped, or had --only
  --quick        everything once and small: whether it works, in a few minutes`;

const QUICK_JOBS = "10000";
const JOBS = "200000";

/** Reads the command line. Throws an error that says what is wrong with it. */
export function readOptions(args: readonly string[], measures: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      jobs: { type: "string" },
      rounds: { type: "string" },
      large: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      continue: { type: "boolean", default: false },
    },
  });
  const { large, quick } = values;
  const only = values.only?.split(",");
  const unknown = only?.find((name) => !measures.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: expected some of ${measures.join(", ")}`);
  return {
    only,
    jobs: readCount("--jobs", values.jobs ?? (quick ? QUICK_JOBS : JOBS)),
    rounds: readCount("--rounds", values.rounds ?? (quick ? "1" : "3")),
    large,
    quick,
    continue: values.continue,
  };
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${name} ${text}: expected a whole number above 0`);
}
