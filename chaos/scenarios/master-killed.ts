import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "master-killed",
  promise:
    "a master is killed under load: its successor goes on at once, no attempt is used up, nothing that ended is repeated",
  recoversWithinMs: 1_000,

  async run(stage) {
    const { random } = stage;
    await underLoad(stage, anyWorkLoad(random, { retries: 0 }), async (host) => {
      for (let kill = 0; kill < stage.span(1, 3); kill++) {
        await Bun.sleep(random.int(300, 800));
        stage.killWithChildren(host, host.pids("master"));
      }
      await Bun.sleep(random.int(300, 800));
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
