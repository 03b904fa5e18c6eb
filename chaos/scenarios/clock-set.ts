import { WallClock } from "../clock.ts";
import { goesOn } from "../goes-on.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "clock-set",
  promise:
    "a host's clock is set an hour back and forth under load: nothing is lost or run twice, and no timeout is wrong",

  async run(stage) {
    const { random } = stage;
    // A retry waits for a time of the embedded store's host: one of an hour that is only to come would take as long.
    const times = stage.combination.store === "sqlite" ? [-1, 0] : [-1, 1];
    const clock = new WallClock(stage.world, "a", 0);
    const work = { ...anyWorkLoad(random, { retries: 1, retryDelay: 0.05, timeout: 5 }), perSecond: 100 };
    await stage.host("a", work.queue, clock).start();
    const make = () => ({ job: "work", data: { ms: random.int(0, 20), throws: random.chance(0.1) ? 1 : 0 } });
    const load = stage.pusher.load({ ...work, make });
    for (let count = 0; count < stage.span(3, 12); count++) {
      await Bun.sleep(random.int(200, stage.span(600, 3_000)));
      const hours = random.pick(times);
      stage.say(`the clock is set by ${hours} h`);
      clock.set(hours);
      await goesOn(stage);
    }
    clock.set(0);
    await load.stop();
    await stage.drained();
    await stage.expectNoFailures();
  },
};

export default scenario;
