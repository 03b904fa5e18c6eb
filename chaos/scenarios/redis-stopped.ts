import { goesOn } from "../goes-on.ts";
import { ON_REDIS, redisOf } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad } from "../work-load.ts";

/** The longest is far longer than a lease: then both services have lost theirs, and neither is dead. */
const LONG_MS = [1_000, 10_000, 17_000, 60_000];
const SHORT_MS = [1_000];

const scenario: Scenario = {
  name: "redis-stopped",
  promise:
    "Redis hangs for 1 to 60 s under two services: both go on when it does, and neither takes the other for dead",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const redis = redisOf(stage);
    const work = anyWorkLoad(random, { retries: 0 });
    const hosts = ["a", "b"].map((name) => stage.host(name, work.queue));
    for (const host of hosts) await host.start();
    // What takes longest is in their hands all the time.
    const make = () => (random.chance(0.02) ? { job: "work", data: { ms: stage.span(300, 3_000) } } : work.make());
    const load = stage.pusher.load({ perSecond: 60, make });
    for (const ms of stage.effort === "short" ? SHORT_MS : LONG_MS) {
      await Bun.sleep(random.int(300, 900));
      process.kill(redis.pid, "SIGSTOP");
      await Bun.sleep(ms);
      process.kill(redis.pid, "SIGCONT");
      await goesOn(stage);
    }
    await load.stop();
    await stage.drained();
    await stage.expectNoFailures();
  },
};

export default scenario;
