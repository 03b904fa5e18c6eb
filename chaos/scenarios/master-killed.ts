import type { Scenario } from "../scenario.ts";
import { anyWorkLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "master-killed",
  promise:
    "a master is killed under load: its successor goes on at once, no attempt is used up, nothing that ended is repeated",
  recoversWithinMs: 1_000,

  async run(stage) {
    const { random } = stage;
    const work = anyWorkLoad(random);
    const host = stage.host("a", { ...work.queue, retries: 0 });
    await host.start();
    const load = stage.pusher.load(work);
    for (let kill = 0; kill < stage.span(1, 3); kill++) {
      await Bun.sleep(random.int(300, 800));
      stage.killWithChildren(host, host.pids("master"));
    }
    await Bun.sleep(random.int(300, 800));
    await load.stop();
    await stage.drained();
    const { failed } = await stage.counts();
    stage.expect(failed === 0, `${failed} jobs failed: the death of a master used up their only attempt`);
  },
};

export default scenario;
