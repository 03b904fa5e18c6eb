import type { RunPolicy } from "../../src/job/retry.ts";
import { PRIORITIES } from "../../src/job/state.ts";
import type { Dice } from "./dice.ts";
import { FAULTS, type Fault, type FaultName } from "./faults.ts";
import type { Act, JobPlan } from "./plan.ts";
import type { QueueSketch } from "./service.ts";

/** All that a schedule is told beforehand. What happens between is up to the real code, and to the dice. */
export interface Scenario {
  /** One for each host. */
  readonly queues: readonly QueueSketch[];
  readonly slots: number;
  readonly grants: boolean;
  readonly isOrdered: boolean;
  readonly jobs: readonly { readonly atMs: number; readonly plan: JobPlan }[];
  readonly faults: readonly Fault[];
  readonly lastActs: readonly number[];
  /** When the last fault is over. */
  readonly calmAtMs: number;
}

/** Faults and pushes come within so long. */
const BUSY_MS = 300;
/** Long enough that a lease ends meanwhile. */
const SILENCE_MS = 20_000;

export function drawScenario(dice: Dice): Scenario {
  const isOrdered = dice.chance(0.15);
  const hosts = !isOrdered && dice.chance(0.15) ? 2 : 1;
  const queue = drawQueue(dice, isOrdered);
  const orderly = queue.mode === "grab" ? ORDERLY_IN_GRAB : ORDERLY;
  const faults = Array.from({ length: dice.whole(0, isOrdered ? 1 : 3) }, () =>
    drawFault(dice, hosts, isOrdered ? orderly : NAMES),
  );
  const jobs = Array.from({ length: dice.whole(1, 6) }, (_, index) => ({
    atMs: isOrdered ? index : dice.chance(0.5) ? 0 : dice.between(0, BUSY_MS),
    plan: drawJob(dice, `j${index}`, isOrdered),
  }));
  const lastActs = !isOrdered && dice.chance(0.5) ? [dice.whole(1, 300)] : [];
  const calmAtMs = 1 + Math.max(BUSY_MS, ...faults.map((fault) => fault.atMs + fault.forMs));
  return {
    // The hosts of one queue may be configured differently, as during a roll-out.
    queues: Array.from({ length: hosts }, (_, host) => (host > 0 && dice.chance(0.3) ? drawQueue(dice, false) : queue)),
    slots: dice.pick([3, 8, 32]),
    grants: dice.chance(0.5),
    isOrdered,
    jobs,
    faults,
    lastActs,
    calmAtMs,
  };
}

function drawQueue(dice: Dice, isOrdered: boolean): QueueSketch {
  const mode = dice.chance(0.6) ? "distribute" : "grab";
  return {
    mode,
    workers: isOrdered ? 1 : dice.pick([1, 1, 2, 2, 3]),
    concurrency: isOrdered ? 1 : dice.pick([1, 1, 2, 3]),
    prefetch: dice.pick(["auto", 0, 1, 4]),
    pollIntervalMs: dice.pick([20, 1_000]),
    stopTimeoutMs: dice.pick([0, 20, 200]),
    maxJobs: dice.chance(0.2) && !(isOrdered && mode === "grab") ? dice.whole(1, 4) : undefined,
  };
}

const NAMES = Object.keys(FAULTS) as FaultName[];

/** What is on its way when its taker dies, or is told to take nothing new, may come back behind what came after it. */
const ORDERLY: readonly FaultName[] = [
  "the queue is paused",
  "a worker is killed",
  "a worker is suspended",
  "the service is reloaded",
  "the service is stopped",
];
const ORDERLY_IN_GRAB: readonly FaultName[] = ["the queue is paused"];

/** While one of these lasts for long, a lease ends. */
const SILENT: readonly FaultName[] = ["a worker is suspended", "the master is suspended", "the host is cut off"];

function drawFault(dice: Dice, hosts: number, names: readonly FaultName[]): Fault {
  const what = dice.pick(names);
  const isLong = hosts > 1 && SILENT.includes(what) && dice.chance(0.3);
  const forMs = isLong ? SILENCE_MS : dice.pick([1, 30, 200]) * dice.between(0.5, 1);
  return { what, forMs, host: dice.whole(0, hosts - 1), atMs: dice.between(0, BUSY_MS) };
}

const GOOD: Act["do"] = "return";
const BAD: readonly Act["do"][] = ["throw", "throw", "refuse", "exit", "stray", "hang", "obey", "block"];

function drawJob(dice: Dice, id: string, isOrdered: boolean): JobPlan {
  const isPlain = isOrdered || dice.chance(0.5);
  const policy: RunPolicy = {
    timeoutMs: dice.pick([15, 60]),
    retries: isPlain ? 3 : dice.whole(0, 2),
    retryDelay: dice.pick([0, 5, 40]),
    retryOnTimeout: dice.chance(0.5),
  };
  return {
    id,
    priority: isOrdered ? "normal" : dice.pick(PRIORITIES),
    delayMs: isOrdered || dice.chance(0.7) ? 0 : dice.whole(1, 80),
    policy: isPlain ? { ...policy, timeoutMs: 0 } : policy,
    acts: isPlain ? [drawAct(dice, GOOD)] : Array.from({ length: dice.whole(1, 3) }, () => drawAct(dice)),
    callbacks: isPlain ? [drawAct(dice, GOOD)] : Array.from({ length: dice.whole(1, 2) }, () => drawAct(dice)),
  };
}

function drawAct(dice: Dice, what: Act["do"] = dice.chance(0.5) ? GOOD : dice.pick(BAD)): Act {
  return { do: what, afterMs: dice.chance(0.4) ? 0 : dice.pick([1, 12, 40]) * dice.between(0.2, 1) };
}
