import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "master-frozen",
  promise:
    "masters and workers are stopped (SIGSTOP) for moments under load and go on where they were: nothing is repeated",

  async run(stage) {
    const { random } = stage;
    await underLoad(stage, anyWorkLoad(random, { retries: 0 }), async (host) => {
      for (let time = 0; time < stage.span(3, 8); time++) {
        await Bun.sleep(random.int(50, 400));
        const victims = random.pick([host.pids("master"), host.pids("worker"), [host.manage]]);
        const pid = random.pick(victims);
        stage.signal(pid, "SIGSTOP");
        await Bun.sleep(random.int(50, 800));
        stage.signal(pid, "SIGCONT");
      }
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
