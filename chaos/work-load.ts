import type { QueueOptions } from "../src/config/config.ts";
import type { Host } from "./host.ts";
import type { LoadPlan } from "./pusher.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";

/** What workers have to do in one run of a scenario, and how they are set up for it. */
export interface WorkLoad extends LoadPlan {
  readonly queue: QueueOptions;
}

/** Enough to keep all workers busy, in one of several ways: what is in many hands at once gets lost in other ways. */
export function anyWorkLoad(random: Random, options: QueueOptions = {}): WorkLoad {
  const workers = random.int(2, 4);
  const concurrency = random.pick([1, 1, 1, 4]);
  const prefetch = random.pick(["auto", "auto", 0, 20] as const);
  const queue: QueueOptions = { workers, concurrency, prefetch, ...options };
  const isTiny = random.chance(0.3);
  const longest = isTiny ? 0 : 20;
  const perSecond = isTiny ? 4_000 : (workers * concurrency * 1_000) / longest;
  return { queue, perSecond, make: () => ({ job: "work", data: { ms: random.int(0, longest) } }) };
}

/** Brings a service up, keeps it busy while `injure` does its work, and waits until no job is left. */
export async function underLoad(stage: Stage, work: WorkLoad, injure: (host: Host) => Promise<void>): Promise<Host> {
  const host = stage.host("a", work.queue);
  await host.start();
  const load = stage.pusher.load(work);
  await injure(host);
  await load.stop();
  await stage.drained();
  return host;
}
