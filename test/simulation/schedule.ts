import { encodeEnvelope } from "../../src/job/envelope.ts";
import { Dice } from "./dice.ts";
import { Faults } from "./faults.ts";
import { LETHAL } from "./plan.ts";
import { type Scenario, drawScenario } from "./scenario.ts";
import { SimulatedService } from "./service.ts";
import { QUEUE, type Sabotage, World } from "./world.ts";

/** After the last fault, every job is done or failed within so long: a lease, a look for it, and back-offs. */
const RESUME_MS = 120_000;
/** When no process dies and no call is lost, no lease ends and no heartbeat is waited for. */
const PLAIN_MS = 3_000;
/** A service that is stopped is gone within so long. */
const STOP_MS = 60_000;

export interface ScheduleOptions {
  /** Is told all that happens. */
  readonly trace?: (line: string) => void;
  /** Breaks a promise on which everything rests, to see that it is missed. */
  readonly sabotage?: Sabotage;
}

/** Runs the schedule of a seed. Returns which promise was broken, if one was. */
export function runSchedule(seed: number, options: ScheduleOptions = {}): string | undefined {
  const dice = new Dice(seed);
  const schedule = new Schedule(dice, drawScenario(dice), options);
  const onUnhandled = (error: unknown): void => schedule.threw(error);
  process.on("unhandledRejection", onUnhandled);
  try {
    return schedule.run();
  } finally {
    process.off("unhandledRejection", onUnhandled);
  }
}

class Schedule {
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #services: readonly SimulatedService[];
  readonly #faults: Faults;
  #isCalm = false;

  constructor(dice: Dice, scenario: Scenario, options: ScheduleOptions) {
    options.trace?.(JSON.stringify(scenario, undefined, 2));
    this.#scenario = scenario;
    const boot: World["boot"] = (process, role) => this.#services[process.host]?.boot(process, role);
    this.#world = new World(dice, { ...scenario, ...options, boot });
    this.#services = scenario.queues.map((queue, host) => new SimulatedService(this.#world, host, queue));
    this.#faults = new Faults(this.#world, this.#services);
  }

  /** A promise was rejected that nobody awaits. */
  threw(error: unknown): void {
    this.#world.ledger.threw("a process", error);
  }

  run(): string | undefined {
    const { ledger, processes, timeline } = this.#world;
    this.#begin();
    this.#until("the faults end", RESUME_MS, () => this.#isCalm);
    this.#until("every job is done or failed", this.#isPlain ? PLAIN_MS : RESUME_MS, () => ledger.isSettled);
    this.#until("every service is up", RESUME_MS, () => this.#services.every((service) => service.isUp));
    for (const service of this.#services) service.end("stop");
    this.#until("everything has stopped", STOP_MS, () => processes.size === 0);
    this.#checkEnd();
    this.#world.trace(undefined, () => `the end, at ${timeline.now.toFixed(3)} ms`);
    return ledger.violation;
  }

  get #isPlain(): boolean {
    const { faults, jobs, lastActs } = this.#scenario;
    const acts = jobs.flatMap(({ plan }) => [...plan.acts, ...plan.callbacks]);
    return faults.length === 0 && lastActs.length === 0 && !acts.some((act) => LETHAL.has(act.do));
  }

  #begin(): void {
    const { timeline } = this.#world;
    for (const service of this.#services) service.start();
    for (const { atMs, plan } of this.#scenario.jobs) {
      const envelope = encodeEnvelope({ name: "work", policy: plan.policy });
      timeline.after(atMs, () => this.#world.push(plan, envelope));
    }
    for (const fault of this.#scenario.faults) timeline.after(fault.atMs, () => this.#faults.cause(fault));
    timeline.after(this.#scenario.calmAtMs, () => {
      this.#faults.end();
      this.#isCalm = true;
    });
  }

  #until(what: string, withinMs: number, isSo: () => boolean): void {
    const { ledger, timeline } = this.#world;
    const latest = timeline.now + withinMs;
    while (ledger.violation === undefined && !isSo()) {
      if (timeline.now > latest || !timeline.step()) ledger.fail(`it is late, and in vain one waits until ${what}`);
    }
  }

  #checkEnd(): void {
    const { ledger, boardsLeft, store } = this.#world;
    ledger.checkEnd();
    if (boardsLeft.length > 0) ledger.fail(`boards are left: ${boardsLeft.join(", ")}`);
    // A call that was on its way when its process was killed may begin a lease anew. It ends by itself.
    const owners = store.use(QUEUE, (queue) => queue.owners()).map(({ owner }) => owner);
    const left = owners.filter((owner) => !ledger.wasKilled(owner));
    if (left.length > 0) ledger.fail(`leases are left: ${left.join(", ")}`);
  }
}
