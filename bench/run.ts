/**
 * Measures mpq beside its peers, in turns, on one machine and one Redis. `bench/README.md` says how and why.
 *
 * Progress goes to stderr; the report to stdout and `bench/results/latest.md`, every reading to `latest.json` beside it, a
 * picture to `latest.svg`. What is measured so far, or by a run that leaves something out, is called `partial` instead.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPeers } from "./install.ts";
import { machine } from "./machine.ts";
import type { Measure } from "./measure/measure.ts";
import { MEASURES, NAMES } from "./measure/measures.ts";
import { type BenchOptions, USAGE, readOptions } from "./options.ts";
import { picture } from "./picture.ts";
import { report } from "./report.ts";
import { Results, type RunPlan } from "./results.ts";
import type { System } from "./systems/system.ts";
import { systemsOf } from "./systems/systems.ts";
import { World } from "./world.ts";

const RESULTS: string = join(import.meta.dir, "results");
const EXIT_USAGE = 2;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

await main(orExit(() => readOptions(Bun.argv.slice(2), NAMES)));

async function main(options: BenchOptions): Promise<void> {
  installPeers();
  const { only, continue: goesOn, ...plan } = options;
  const results = goesOn ? before(plan) : new Results(machine(), plan);
  const world = new World();
  endOnSignals(world);
  const names = NAMES.filter((name) => (only?.includes(name) ?? true) && !results.taken.includes(name));
  try {
    for (const name of names) {
      for (const measure of MEASURES) if (measure.name === name) await takeAll(measure, world, results);
      if (world.ended) return;
      results.taken.push(name);
      write(results, "partial");
    }
  } finally {
    if (!world.ended) await world.end();
  }
  if (NAMES.every((name) => results.taken.includes(name)) && !plan.quick) write(results, "latest");
  console.log(report(results));
}

/** What the run before has measured. */
function before(plan: RunPlan): Results {
  return orExit(() => Results.read(readFileSync(join(RESULTS, "partial.json"), "utf8"), machine(), plan));
}

/** Round after round, each with every system in turn. */
async function takeAll(measure: Measure, world: World, results: Results): Promise<void> {
  const systems = systemsOf(world).filter((system) => system.only?.includes(measure.name) ?? true);
  const chosen = new Map(systems.toReversed().map((system) => [measure.nameOf(system), system]));
  chosen.delete(undefined);
  const rounds = measure.repeats === "rounds" ? results.plan.rounds : 1;
  for (let round = 1; round <= rounds; round++) {
    for (const system of systems) {
      const name = measure.nameOf(system);
      if (name === undefined || chosen.get(name) !== system) continue;
      if (world.ended) return;
      say(`${measure.name} ${round}/${rounds}: ${name}`);
      await take(measure, { system, name }, results);
    }
  }
}

/** A system that cannot be measured leaves a gap in the report, and the others go on. */
async function take(
  measure: Measure,
  { system, name }: { readonly system: System; readonly name: string },
  results: Results,
): Promise<void> {
  const place = { measure: measure.name, product: system.product, system: name };
  try {
    if (system.missing !== undefined) throw new Error(system.missing);
    for (const reading of await measure.measure(system, results.plan)) {
      results.add(place, reading);
      const detail = reading.detail === undefined ? "" : ` (${reading.detail})`;
      say(`  ${reading.what}: ${reading.value.toFixed(2)} ${reading.unit}${detail}`);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`  not measured: ${reason}`);
    results.miss({ measure: measure.name, system: name, reason });
  }
}

function write(results: Results, name: "latest" | "partial"): void {
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${name}.json`), `${JSON.stringify(results, undefined, 2)}\n`);
  writeFileSync(join(RESULTS, `${name}.md`), `${report(results)}\n`);
  writeFileSync(join(RESULTS, `${name}.svg`), picture(results));
}

/** A signal may come twice, by the terminal and by who passes it on: the first one counts, the others are waited out. */
function endOnSignals(world: World): void {
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      if (!world.ended) void world.end().then(() => process.exit(code));
    });
  }
}

function orExit<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n\nMeasures: ${NAMES.join(", ")}`,
    );
    process.exit(EXIT_USAGE);
  }
}

function say(line: string): void {
  console.error(line);
}
