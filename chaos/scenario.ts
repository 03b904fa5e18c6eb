import { readdirSync } from "node:fs";
import { join } from "node:path";
import { COMBINATIONS, type Combination } from "../test/support/stores.ts";
import type { Stage } from "./stage.ts";

/** One way to injure a service, and what must hold all the same. A file of `scenarios/` exports one by default. */
export interface Scenario {
  /** What `--only` names: the file's name without its ending. */
  readonly name: string;
  /** What is done, and what must hold, in one sentence. */
  readonly promise: string;
  /** Stores and modes that it applies to; all when absent. */
  readonly on?: readonly Combination[];
  /** `long`: it takes too long for the short form. */
  readonly form?: "long";
  /** After the death of its process a job runs again within so many milliseconds, on an idle machine. */
  readonly recoversWithinMs?: number;
  /** Brings a service up, injures it, and returns when it may be left to finish its jobs. */
  run(stage: Stage): Promise<void>;
}

const FOLDER = join(import.meta.dir, "scenarios");

/** Every scenario, by name. */
export async function loadScenarios(): Promise<readonly Scenario[]> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".ts"));
  return await Promise.all(files.toSorted().map(load));
}

async function load(file: string): Promise<Scenario> {
  const { default: scenario } = (await import(join(FOLDER, file))) as { readonly default: Scenario };
  if (`${scenario.name}.ts` !== file) throw new Error(`scenarios/${file} calls itself ${scenario.name}`);
  return scenario;
}

export function combinationsOf({ on = COMBINATIONS }: Scenario): readonly Combination[] {
  return on;
}
