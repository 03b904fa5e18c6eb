import { ON_REDIS, proxyOf } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "redis-slow",
  promise: "replies of Redis take from nothing to longer than anybody waits: nothing is lost or run twice",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const proxy = proxyOf(stage);
    const work = { ...anyWorkLoad(random, { retries: 0 }), perSecond: 100 };
    // The last of them is longer than a call waits for its answer.
    const slownesses = stage.effort === "short" ? [20, 300] : [20, 300, 1_500, 5_000];
    await underLoad(stage, work, async () => {
      for (const most of slownesses) {
        proxy.delayMs = () => (random.chance(0.2) ? random.int(0, most) : 0);
        await Bun.sleep(stage.span(800, 6_000));
      }
      proxy.delayMs = () => 0;
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
