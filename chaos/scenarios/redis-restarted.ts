import { goesOn } from "../goes-on.ts";
import { DURABLE, ON_REDIS, redisOf } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "redis-restarted",
  promise: "a Redis that saves each command is killed under load and started again: nothing is lost or run twice",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const redis = redisOf(stage);
    await redis.kill();
    await redis.revive(DURABLE);
    // Every command waits for the disk.
    const work = { ...anyWorkLoad(random, { retries: 0 }), perSecond: 200 };
    await underLoad(stage, work, async () => {
      for (let round = 0; round < stage.span(2, 6); round++) {
        await Bun.sleep(random.int(100, 600));
        await redis.kill();
        await Bun.sleep(random.pick([0, 50, 500, 1_500]));
        await redis.revive(DURABLE);
        await goesOn(stage);
      }
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
