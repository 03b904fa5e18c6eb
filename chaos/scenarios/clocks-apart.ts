import { WallClock } from "../clock.ts";
import { now } from "../project/clock.ts";
import { ON_REDIS } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { anyWorkLoad } from "../work-load.ts";

/** A job that is due begins this soon. */
const PUNCTUAL_MS = 100;
/** Whose clock is read when, and rounding to milliseconds. */
const TOO_EARLY_MS = 2;

const HOUR_MS = 3_600_000;

/** When a job was pushed at the earliest and at the latest, and how long it was to wait. */
interface Delayed {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly delayMs: number;
}

const scenario: Scenario = {
  name: "clocks-apart",
  promise:
    "one host is an hour ahead, one an hour behind: delays and retries are right to the moment, for Redis's clock counts",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const work = { ...anyWorkLoad(random, { retries: 3, retryDelay: 0.3 }), perSecond: 60 };
    for (const [name, hours] of [["ahead", 1] as const, ["behind", -1] as const]) {
      const host = stage.host(name, work.queue, new WallClock(stage.world, name, hours));
      await host.start();
      const off = Date.parse((await host.status()).startedAt) - Date.now();
      stage.expect(Math.round(off / HOUR_MS) === hours, `the clock of "${name}" is off by ${off} ms`);
    }
    const make = () => ({ job: "work", data: { ms: 3, throws: random.chance(0.2) ? random.int(1, 2) : 0 } });
    const load = stage.pusher.load({ ...work, make });
    const delayed: Delayed[] = [];
    for (let count = 0; count < stage.span(8, 60); count++) {
      delayed.push(await pushDelayed(stage, random.int(100, stage.span(800, 5_000))));
      await Bun.sleep(random.int(0, 200));
    }
    await load.stop();
    await stage.drained();
    for (const one of delayed) check(stage, one);
    await stage.expectNoFailures();
  },
};

async function pushDelayed(stage: Stage, delayMs: number): Promise<Delayed> {
  const from = now();
  const { ids } = await stage.pusher.push([{ job: "work", data: { ms: 0 }, delay: delayMs / 1_000, priority: "high" }]);
  return { id: ids[0] ?? "", from, to: now(), delayMs };
}

function check(stage: Stage, { id, from, to, delayMs }: Delayed): void {
  const start = stage.ledger.lines().find((line) => line.step === "start" && line.job === id);
  if (start === undefined) return stage.expect(false, `${id} never ran`);
  const early = from + delayMs - start.at;
  stage.expect(early <= TOO_EARLY_MS, `${id} ran ${early} ms before it was due`);
  stage.timed("after it was due", Math.max(0, start.at - (to + delayMs)), PUNCTUAL_MS);
}

export default scenario;
