import { goesOn } from "../goes-on.ts";
import { ON_REDIS, redisOf } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "redis-emptied",
  promise:
    "a Redis loses all its data: the jobs that it held are gone, and whatever is pushed from then on is run once",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const redis = redisOf(stage);
    const work = anyWorkLoad(random, { retries: 0 });
    const host = stage.host("a", work.queue);
    await host.start();
    for (let round = 0; round < stage.span(2, 5); round++) {
      // More than there is time for: some wait, some are in hands.
      const load = stage.pusher.load({ ...work, perSecond: 2 * work.perSecond });
      await Bun.sleep(random.int(200, 600));
      await load.stop();
      if (random.chance(0.5)) {
        await redis.admin.flushall();
      } else {
        await redis.kill();
        await redis.revive();
      }
      stage.pusher.storeForgot();
      await goesOn(stage);
    }
    const load = stage.pusher.load(work);
    await Bun.sleep(random.int(200, 600));
    await load.stop();
    await stage.drained();
    await stage.expectNoFailures();
  },
};

export default scenario;
