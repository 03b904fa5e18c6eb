import type { QueueOptions } from "../src/config/config.ts";
import type { LoadPlan } from "./pusher.ts";
import type { Random } from "./random.ts";

/** What workers have to do in one run of a scenario, and how they are set up for it. */
export interface WorkLoad extends LoadPlan {
  readonly queue: QueueOptions;
}

/** Enough to keep all workers busy, in one of several ways: what is in many hands at once gets lost in other ways. */
export function anyWorkLoad(random: Random): WorkLoad {
  const workers = random.int(2, 4);
  const concurrency = random.pick([1, 1, 1, 4]);
  const prefetch = random.pick(["auto", "auto", 0, 20] as const);
  const queue: QueueOptions = { workers, concurrency, prefetch };
  const isTiny = random.chance(0.3);
  const longest = isTiny ? 0 : 20;
  const perSecond = isTiny ? 4_000 : (workers * concurrency * 1_000) / longest;
  return { queue, perSecond, make: () => ({ job: "work", data: { ms: random.int(0, longest) } }) };
}
