/**
 * Injures real services under load, and checks with a ledger of its own that nothing is lost and nothing runs twice.
 * `README.md` says how. One line for each run goes to stdout, what is being done to stderr.
 */
import { COMBINATIONS, type Combination } from "../test/support/stores.ts";
import { type ChaosOptions, USAGE, nameOf, readOptions } from "./options.ts";
import { Random } from "./random.ts";
import { type Outcome, faultsOf, lineOf } from "./report.ts";
import { type Scenario, combinationsOf, loadScenarios } from "./scenario.ts";
import { Stage, type StagePlan } from "./stage.ts";
import { World } from "./world.ts";

const EXIT_FAULTS = 1;
const EXIT_USAGE = 2;
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** What the runs that go on have started. */
const worlds = new Set<World>();
let interrupted = false;

const scenarios = await loadScenarios();
const options = readOptionsOrExit();
if (options === undefined) list();
else {
  endOnSignals();
  process.exitCode = await runAll(options);
}

async function runAll(chosen: ChaosOptions): Promise<number> {
  let [runs, failed] = [0, 0];
  for (let round = 0; round < chosen.seeds; round++) {
    const seed = chosen.seed + round;
    console.log(`seed ${seed}, ${chosen.effort} form`);
    const plan = planOf(chosen, seed).values();
    const goThrough = async (): Promise<void> => {
      for (const [scenario, combination] of plan) {
        if (interrupted) return;
        runs++;
        if (!(await runOne(scenario, combination, { ...chosen, seed }))) failed++;
      }
    };
    await Promise.all(Array.from({ length: chosen.atOnce }, goThrough));
  }
  console.log(`${runs} runs, ${failed} failed`);
  return failed === 0 ? 0 : EXIT_FAULTS;
}

/**
 * In the short form each scenario has one combination, and all together have them all. So has one that takes very long,
 * which begins first: four seeds give it them all.
 */
function planOf({ only, on, effort }: ChaosOptions, seed: number): [Scenario, Combination][] {
  const ordered = [...scenarios].sort((one, other) => rankOf(one) - rankOf(other));
  return ordered.flatMap((scenario, index) => {
    if (only?.includes(scenario.name) === false || (effort === "short" && scenario.form === "long")) return [];
    const all = combinationsOf(scenario).filter((one) => on === undefined || one === on);
    const turn = (index + seed) % COMBINATIONS.length;
    const isOne = effort === "short" || scenario.form === "long";
    const chosen = isOne ? all.slice(turn % all.length).slice(0, 1) : all;
    return chosen.map((combination): [Scenario, Combination] => [scenario, combination]);
  });
}

function rankOf({ form }: Scenario): number {
  return form === "long" ? 0 : 1;
}

async function runOne(scenario: Scenario, combination: Combination, chosen: ChaosOptions): Promise<boolean> {
  const startedAt = performance.now();
  const world = new World();
  worlds.add(world);
  const random = new Random(chosen.seed, scenario.name, nameOf(combination));
  const say = (text: string): void => console.error(`  ${scenario.name} ${nameOf(combination)}: ${text}`);
  say(scenario.promise);
  const result = await play(world, scenario, { combination, random, effort: chosen.effort, say });
  const outcome: Outcome = { scenario, combination, seconds: (performance.now() - startedAt) / 1000, ...result };
  const faults = faultsOf(outcome);
  await world.end(faults.length > 0 || chosen.keep ? "keep" : "remove");
  worlds.delete(world);
  if (interrupted) return false;
  console.log(lineOf(outcome));
  for (const fault of faults) console.log(`    ${fault}`);
  if (faults.length > 0) console.log(`    ${world.folder}; again: npm run chaos -- ${againWith(outcome, chosen)}`);
  return faults.length === 0;
}

async function play(
  here: World,
  scenario: Scenario,
  plan: StagePlan,
): Promise<Pick<Outcome, "verdict" | "timings" | "error">> {
  try {
    const stage = await Stage.open(here, plan);
    await scenario.run(stage);
    return { verdict: await stage.conclude(), timings: stage.timings };
  } catch (error) {
    return { verdict: undefined, timings: [], error: error instanceof Error ? error.message : String(error) };
  }
}

function againWith({ scenario, combination }: Outcome, { seed, effort }: ChaosOptions): string {
  const form = effort === "short" ? "--short " : "";
  return `${form}--seed ${seed} --only ${scenario.name} --on ${nameOf(combination)}`;
}

function list(): void {
  for (const { name, promise } of scenarios) console.log(`${name.padEnd(24)} ${promise}`);
}

/** A signal may come twice, by the terminal and by who passes it on: the first one counts, the others are waited out. */
function endOnSignals(): void {
  for (const [signal, code] of Object.entries(EXIT_CODES)) {
    process.on(signal, () => {
      if (interrupted) return;
      interrupted = true;
      void Promise.all([...worlds].map((world) => world.end("remove"))).then(() => process.exit(code));
    });
  }
}

function readOptionsOrExit(): ChaosOptions | undefined {
  try {
    return readOptions(
      Bun.argv.slice(2),
      scenarios.map((scenario) => scenario.name),
    );
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(EXIT_USAGE);
  }
}
