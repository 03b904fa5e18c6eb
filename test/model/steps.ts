import fc from "fast-check";
import type { NewJob, Recovery, Settlement, Taker } from "../../src/driver/driver.ts";
import type { JobRecord } from "../../src/job/attempt.ts";
import type { JobId } from "../../src/job/id.ts";
import type { DoneBounds } from "../../src/job/state.ts";
import { ONE_FAILURE } from "../driver/contract/queue.ts";
import type { Hold, Pair, Verdict, Way } from "./pair.ts";

export type Step = fc.AsyncCommand<Pair, undefined>;

/** Few enough that the same job goes through many hands. */
export const POOL: readonly JobId[] = ["j0", "j1", "j2", "j3", "j4", "j5"];
/** Two owners; one takes for itself and lets two workers take. Each makes its calls on its own connection. */
const TAKERS: readonly (Taker & Pick<Way, "via">)[] = [
  { owner: "one", via: 0 },
  { owner: "one", worker: "one.1", via: 0 },
  { owner: "one", worker: "one.2", via: 1 },
  { owner: "two", via: 0 },
  { owner: "two", worker: "two.1", via: 1 },
];
const LONG_LEASE_MS = 3_600_000;
const SHORT_LEASE_MS = 1;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Of so many calls one loses its reply. */
const CUT_ONE_IN = 25;

/** Tells envelopes, records and batches apart. */
let made = 0;

function step<Arg>(
  name: string,
  args: fc.Arbitrary<Arg>,
  run: (pair: Pair, arg: Arg) => Promise<void>,
): fc.Arbitrary<Step> {
  return args.map((arg) => ({
    check: () => true,
    run: async (pair) => {
      await run(pair, arg);
      await pair.compareCounts();
    },
    toString: () => `${name}(${fc.stringify(arg)})`,
  }));
}

function oneIn(count: number): fc.Arbitrary<boolean> {
  return fc.integer({ min: 1, max: count }).map((number) => number === count);
}

const via = fc.constantFrom<0 | 1>(0, 1);
const cut = oneIn(CUT_ONE_IN);
const id = fc.constantFrom(...POOL);
const ids = fc.uniqueArray(id, { minLength: 1, maxLength: 5 });
const taker = fc.constantFrom(...TAKERS);
const delay = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ unit: "none" } as const) },
  { weight: 1, arbitrary: fc.constant({ unit: "soon" } as const) },
  { weight: 1, arbitrary: fc.record({ unit: fc.constant("hours" as const), hours: fc.integer({ min: 1, max: 9 }) }) },
);
type Delay = Parameters<typeof delay.map>[0] extends (value: infer Value) => unknown ? Value : never;

/** No two jobs of a queue are due at once, since their order would be anybody's. `index` is that in the batch. */
function delayMs(wanted: Delay, index: number): number {
  if (wanted.unit === "none") return 0;
  return wanted.unit === "soon" ? 3 - (index % 3) : wanted.hours * HOUR_MS + ((made * 7 + index) % 59) * MINUTE_MS;
}

// ── Pushers

const priority = fc.constantFrom("high" as const, "normal" as const, "low" as const);
const sketch = fc.record({ id, delay, priority, isChosen: fc.boolean() });
const pusher = fc.constantFrom("p1", "p2");

const lastBatches = new WeakMap<Pair, Map<string, { readonly jobs: readonly NewJob[]; readonly number: number }>>();

const push = step(
  "push",
  fc.record({ pusher, via, cut, jobs: fc.array(sketch, { maxLength: 3 }) }),
  async (pair, { pusher: name, jobs: sketches, ...how }) => {
    const number = ++made;
    const jobs = sketches.map((one, index) => {
      const envelope = `{"n":"${one.id}","v":${number}}`;
      const isRepeated = sketches.some((other) => other !== one && other.id === one.id);
      const mayBeKnown = one.isChosen || isRepeated || pair.knows(one.id);
      return { id: one.id, envelope, priority: one.priority, delayMs: delayMs(one.delay, index), mayBeKnown };
    });
    const batches = lastBatches.get(pair) ?? new Map<string, { jobs: readonly NewJob[]; number: number }>();
    lastBatches.set(pair, batches.set(name, { jobs, number }));
    await pair.push(jobs, { pusher: name, number }, how);
  },
);

const pushAgain = step("pushAgain", fc.record({ pusher, via }), async (pair, arg) => {
  const batch = lastBatches.get(pair)?.get(arg.pusher);
  if (batch === undefined) return;
  await pair.push(batch.jobs, { pusher: arg.pusher, number: batch.number }, { via: arg.via, cut: false });
});

// ── Consumers

const kind = fc.constantFrom<Settlement["kind"]>("done", "retry", "failing", "failed", "release");
/** `pick` chooses among what there is to settle. */
const verdict = fc.record({ pick: fc.nat(), kind, delay });
type VerdictSketch = { readonly pick: number; readonly kind: Settlement["kind"]; readonly delay: Delay };

function settlementOf(jobId: JobId, token: string, sketched: VerdictSketch, number: number): Settlement {
  const record: JobRecord = { ...ONE_FAILURE, callbackTries: number };
  switch (sketched.kind) {
    case "done":
    case "release":
      return { id: jobId, token, kind: sketched.kind };
    case "retry":
      return { id: jobId, token, kind: "retry", record, delayMs: delayMs(sketched.delay, number % 3) };
    case "failing":
    case "failed":
      return { id: jobId, token, kind: sketched.kind, record };
  }
}

/** What to settle: each of `from` at most once. */
function verdictsOn(from: readonly Hold[], sketches: readonly VerdictSketch[]): Verdict[] {
  const left = [...from];
  return sketches.flatMap((sketched) => {
    const [hold] = left.splice(sketched.pick % Math.max(1, left.length), 1);
    const number = ++made;
    if (hold === undefined) return [];
    return [{ hold, how: (token: string) => settlementOf(hold.real.id, token, sketched, number) }];
  });
}

const few = fc.array(verdict, { maxLength: 1 });
const exchange = step(
  "exchange",
  fc.record({
    taker,
    take: fc.nat({ max: 4 }),
    settle: fc.array(verdict, { maxLength: 4 }),
    /** What this taker held once, or another one holds. */
    wrong: few,
    twice: oneIn(6),
    isBrief: oneIn(12),
    cut,
  }),
  async (pair, { taker: by, take, settle, wrong, twice, isBrief, cut: isCut }) => {
    const verdicts = verdictsOn(
      pair.holds.filter((hold) => hold.taker === by),
      settle,
    );
    // An old token is put to the test by who holds its job again.
    const own = pair.holds.filter((hold) => hold.taker === by).map(({ real }) => real.id);
    const old = pair.gone.filter(({ real }) => own.includes(real.id));
    const foreign = old.length > 0 ? old : pair.holds.filter((hold) => hold.taker !== by);
    const repeated = twice ? verdicts.slice(0, 1) : [];
    const all = [...verdicts, ...verdictsOn(foreign, wrong), ...repeated];
    const leaseMs = isBrief ? SHORT_LEASE_MS : LONG_LEASE_MS;
    await pair.exchange(by, { take, settle: all, leaseMs, via: by.via, cut: isCut });
  },
);

/** Whoever comes after a process that died settles in its name what it had finished. */
const settleForAnother = step(
  "settleForAnother",
  fc.record({ taker, settle: few, cut: oneIn(2) }),
  async (pair, arg) => {
    const held = pair.holds.filter((hold) => hold.taker === arg.taker);
    const settle = verdictsOn(held, arg.settle);
    const via = arg.taker.via === 0 ? 1 : 0;
    await pair.exchange(arg.taker, { take: 0, settle, leaseMs: LONG_LEASE_MS, via, cut: arg.cut });
  },
);

const recovery = fc.constantFrom<Recovery>(
  { as: "interrupted" },
  { as: "untouched" },
  { as: "interrupted", onlyIfExpired: true },
);
const recover = step("recover", fc.record({ taker, how: recovery, cut }), (pair, arg) =>
  pair.recover(arg.taker, arg.how, arg.cut),
);

const mode = fc.constantFrom("distribute" as const, "grab" as const);
const keepFailed = fc.constantFrom(1, 3, 1_000);
const keepDone = fc.constantFrom<DoneBounds | undefined>(undefined, { count: 2 }, { bytes: 50 }, { count: 1_000 });
const register = step("register", fc.record({ mode, keepFailed, keepDone }), (pair, arg) =>
  pair.register(arg.mode, arg.keepFailed, arg.keepDone),
);

// ── Operators

const pause = step("pause", fc.constantFrom("paused" as const, "running" as const), (pair, to) => pair.pause(to));
const retry = step("retry", ids, (pair, arg) => pair.retry(arg));
const remove = step("remove", ids, (pair, arg) => pair.remove(arg));
const clean = step("clean", fc.integer({ min: 1, max: 6 }), (pair, limit) => pair.clean(limit, POOL));
const state = fc.constantFrom("ready" as const, "delayed" as const, "failed" as const, "done" as const);
const limit = fc.integer({ min: 1, max: 4 });
const list = step("list", fc.record({ state, limit }), (pair, arg) => pair.list(arg.state, arg.limit));
const listOn = step("listOn", fc.record({ pick: fc.nat(), limit }), async (pair, arg) => {
  const from = pair.cursors[arg.pick % Math.max(1, pair.cursors.length)];
  if (from !== undefined) await pair.list(from.state, arg.limit, from);
});
const look = step("look", fc.constant("everything"), (pair) => pair.compareAll(POOL));

const OFTEN = [push, exchange];
const NOW_AND_THEN = [recover, pause, retry];
const SELDOM = [pushAgain, settleForAnother, register, remove, clean, list, listOn, look];

/** Any steps, with what happens often in real life happening often. */
export const STEPS: fc.Arbitrary<Step>[] = [
  ...Array.from({ length: 5 }, () => OFTEN).flat(),
  ...NOW_AND_THEN,
  ...NOW_AND_THEN,
  ...SELDOM,
];
