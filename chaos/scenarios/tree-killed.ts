import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "tree-killed",
  promise:
    "a whole service is killed under load and started again: it does the rest at once, and repeats nothing that ended",
  recoversWithinMs: 1_000,

  async run(stage) {
    const { random } = stage;
    await underLoad(stage, anyWorkLoad(random, { retries: 0 }), async (host) => {
      for (let kill = 0; kill < stage.span(1, 5); kill++) {
        await Bun.sleep(random.int(200, 800));
        // Manage alone, whose death ends the others; or all at once, as when the power fails.
        const pids = random.chance(0.5) ? [host.manage] : host.family().map(({ pid }) => pid);
        stage.killWithChildren(host, pids);
        await host.exited();
        await host.start();
      }
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
