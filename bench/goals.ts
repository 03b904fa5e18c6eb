import { ratiosOf } from "./ratios.ts";
import type { Figure, Results } from "./results.ts";
import { summaryOf } from "./statistics.ts";

/** What mpq wants to reach, and what was measured of it. */
export interface Outcome {
  readonly goal: string;
  readonly wanted: string;
  /** The worst of the systems that the goal is for; undefined when none of them was measured. */
  readonly measured: { readonly value: number; readonly unit: string; readonly system: string } | undefined;
  readonly met: boolean;
}

/** At least, or at most, so much. */
type Bound = { readonly least: number } | { readonly most: number };

type Goal = Bound & {
  readonly goal: string;
  /** The figure, by its name. */
  readonly what: string;
  /** The systems that it is for: how their names begin. */
  readonly of: string;
  /** Peers, by how their names begin: the goal is a ratio to the best of them. */
  readonly over?: readonly string[];
  readonly unit: string;
};

interface Growth {
  readonly goal: string;
  /** What grows, as the names of its figures say it. */
  readonly grows: string;
}

const FULL = "no-op jobs, full queue";
const AWAITED = "push, one at a time";
const TRIP = "push, one at a time, of the store's round trip";
const LATENCY = "push to handler";
const LOADED = "push to handler, another queue at full load";
const FAIRNESS = "short job waits while a worker is idle";
const DEFAULT = "mpq Redis, distribute";

/** Percent of the best of the smaller steps that a larger one keeps. */
const GROWTH_KEEPS = 90;

/** On two cores that Redis, pusher and workers share. */
const GOALS: readonly Goal[] = [
  { goal: "No-op jobs, Redis, distribute", what: FULL, of: DEFAULT, least: 150_000, unit: "jobs/s" },
  { goal: "– over bee-queue", what: FULL, of: DEFAULT, over: ["bee-queue"], least: 5, unit: "×" },
  { goal: "– over BullMQ at its best", what: FULL, of: DEFAULT, over: ["bullmq"], least: 7, unit: "×" },
  { goal: "– over BullMQ, sandboxed", what: FULL, of: DEFAULT, over: ["bullmq, sandboxed"], least: 20, unit: "×" },
  { goal: "No-op jobs, Redis, grab", what: FULL, of: "mpq Redis, grab", least: 120_000, unit: "jobs/s" },
  { goal: "No-op jobs, SQLite", what: FULL, of: "mpq SQLite", least: 80_000, unit: "jobs/s" },
  { goal: "– over bunqueue", what: FULL, of: "mpq SQLite", over: ["bunqueue"], least: 10, unit: "×" },
  { goal: "Jobs of 1 ms, of two bare loops", what: "1 ms jobs, of two bare loops", of: "mpq", least: 95, unit: "%" },
  { goal: "Push awaited, of the store's round trip", what: TRIP, of: "mpq Redis", most: 120, unit: "%" },
  { goal: "– over bee-queue", what: AWAITED, of: "mpq Redis", over: ["bee-queue"], least: 1, unit: "×" },
  { goal: "Push, 500 in flight", what: "push, 500 in flight", of: "mpq Redis", least: 120_000, unit: "jobs/s" },
  { goal: "pushMany", what: "push, 1,000 a call", of: "mpq Redis", least: 200_000, unit: "jobs/s" },
  { goal: "Latency, Redis, p50", what: `${LATENCY}, p50`, of: "mpq Redis", most: 0.6, unit: "ms" },
  { goal: "Latency, Redis, p99", what: `${LATENCY}, p99`, of: "mpq Redis", most: 1.6, unit: "ms" },
  { goal: "Latency, SQLite, p50", what: `${LATENCY}, p50`, of: "mpq SQLite", most: 0.5, unit: "ms" },
  { goal: "Latency under load, p99", what: `${LOADED}, p99`, of: "mpq", most: 10, unit: "ms" },
  { goal: "Delayed job, late, p50", what: "delayed job, late, p50", of: "mpq", most: 2, unit: "ms" },
  { goal: "Delayed job, late, p99", what: "delayed job, late, p99", of: "mpq", most: 10, unit: "ms" },
  { goal: "A waiting job of 100 bytes in Redis", what: "a waiting job in Redis", of: "mpq", most: 300, unit: "bytes" },
  { goal: "Idle, commands to Redis", what: "idle, commands sent", of: "mpq", most: 1, unit: "1/s" },
  { goal: "Idle, CPU of all processes", what: "idle, CPU of all processes", of: "mpq", most: 1, unit: "ms/s" },
  { goal: "Idle, memory of all processes", what: "idle, memory of all processes", of: "mpq", most: 60, unit: "MB" },
  { goal: "`mpq --version`", what: "mpq --version", of: "mpq", most: 40, unit: "ms" },
  { goal: "`worker:start` to first job", what: "worker:start to first job", of: "mpq", most: 250, unit: "ms" },
  { goal: "Short job waits while a worker is idle", what: `${FAIRNESS}, longest`, of: "mpq", most: 10, unit: "ms" },
];

const GROWTHS: readonly Growth[] = [
  { goal: "More jobs wait", grows: "waiting" },
  { goal: "More queues", grows: "queues" },
  { goal: "More workers", grows: "workers" },
];

export function outcomesOf(results: Results): Outcome[] {
  return [...GOALS.map((goal) => outcomeOf(goal, results)), ...GROWTHS.map((goal) => growthOf(goal, results))];
}

interface Found {
  readonly system: string;
  readonly value: number;
}

function outcomeOf(goal: Goal, { figures }: Results): Outcome {
  const { what, of, over } = goal;
  const known = figures.filter((figure) => figure.what === what);
  const mine = known.filter(({ system }) => system.startsWith(of));
  const peers = known.filter(({ system }) => over?.some((start) => system.startsWith(start)));
  const found = mine.flatMap((figure): Found[] => {
    const values = over === undefined ? figure.values : ratiosOf(figure, peers);
    return values.length === 0 ? [] : [{ system: figure.system, value: summaryOf(values).median }];
  });
  return judged(goal, found);
}

/** Of each system, the step that falls farthest behind the best of those before it. */
function growthOf({ goal, grows }: Growth, { figures }: Results): Outcome {
  const known = figures.filter(({ what }) => what.startsWith(`no-op jobs, ${grows}: `));
  const systems = [...new Set(known.map(({ system }) => system))];
  const found = systems.map((system) => {
    return { system, value: worstStep(known.filter((figure) => figure.system === system)) };
  });
  return judged({ goal, least: GROWTH_KEEPS, unit: "%" }, found);
}

function worstStep(steps: readonly Figure[]): number {
  const rates = steps.map(({ values }) => summaryOf(values).median);
  const parts = rates.slice(1).map((rate, index) => rate / Math.max(...rates.slice(0, index + 1)));
  return Math.min(...parts) * 100;
}

function judged(goal: Bound & Pick<Goal, "goal" | "unit">, found: readonly Found[]): Outcome {
  const [sign, bound, order] = "least" in goal ? (["≥", goal.least, 1] as const) : (["≤", goal.most, -1] as const);
  const wanted = `${sign} ${bound.toLocaleString("en")} ${goal.unit}`;
  const [worst] = found.toSorted((a, b) => (a.value - b.value) * order);
  if (worst === undefined) return { goal: goal.goal, wanted, measured: undefined, met: false };
  const met = (worst.value - bound) * order >= 0;
  return { goal: goal.goal, wanted, measured: { ...worst, unit: goal.unit }, met };
}
