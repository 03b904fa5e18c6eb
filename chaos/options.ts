import { parseArgs } from "node:util";
import { COMBINATIONS, type Combination } from "../test/support/stores.ts";

export interface ChaosOptions {
  readonly only: readonly string[] | undefined;
  readonly on: Combination | undefined;
  readonly effort: "short" | "long";
  readonly seed: number;
  readonly seeds: number;
  readonly keep: boolean;
  /** Runs that go on at the same time. */
  readonly atOnce: number;
}

export const USAGE = `Usage: npm run chaos -- [options]

  --short        each scenario for some seconds, on one store and mode; else for long, on all that it applies to
  --only a,b     only these scenarios
  --on x/y       only on this store and mode, sqlite/grab for example
  --seed n       what decides all random choices (default: another one each time)
  --seeds n      runs everything with so many seeds, one after another
  --at-once n    so many runs at the same time (default: 2 in the short form, else 1, which measures best)
  --keep         keep the folders of runs that went well, too
  --list         list the scenarios`;

/** Reads the command line; undefined when it asks for the list. Throws an error that says what is wrong with it. */
export function readOptions(args: readonly string[], scenarios: readonly string[]): ChaosOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      on: { type: "string" },
      short: { type: "boolean", default: false },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      seeds: { type: "string", default: "1" },
      keep: { type: "boolean", default: false },
      "at-once": { type: "string" },
      list: { type: "boolean", default: false },
    },
  });
  if (values.list) return undefined;
  const only = values.only?.split(",");
  const unknown = only?.find((name) => !scenarios.includes(name));
  if (unknown !== undefined) throw new Error(`--only ${unknown}: expected some of ${scenarios.join(", ")}`);
  return {
    only,
    on: values.on === undefined ? undefined : readCombination(values.on),
    effort: values.short ? "short" : "long",
    seed: readNumber("--seed", values.seed),
    seeds: readNumber("--seeds", values.seeds),
    keep: values.keep,
    atOnce: Math.max(1, readNumber("--at-once", values["at-once"] ?? (values.short ? "2" : "1"))),
  };
}

function readCombination(text: string): Combination {
  const found = COMBINATIONS.find((one) => nameOf(one) === text);
  if (found !== undefined) return found;
  throw new Error(`--on ${text}: expected one of ${COMBINATIONS.map(nameOf).join(", ")}`);
}

export function nameOf({ store, mode }: Combination): string {
  return `${store}/${mode}`;
}

function readNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new Error(`${name} ${text}: expected a whole number`);
}
