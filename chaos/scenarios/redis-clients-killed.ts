import { goesOn } from "../goes-on.ts";
import { ON_REDIS, redisOf } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "redis-clients-killed",
  promise: "Redis drops all connections and forgets all scripts, again and again: nothing is lost or run twice",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const { admin } = redisOf(stage);
    await underLoad(stage, anyWorkLoad(random, { retries: 0 }), async () => {
      const end = performance.now() + stage.span(2_000, 10_000);
      while (performance.now() < end) {
        await Bun.sleep(random.int(1, 150));
        if (random.chance(0.5)) await admin.script("FLUSH");
        else await admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
      }
      await goesOn(stage);
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
