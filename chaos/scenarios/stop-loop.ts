import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "stop-loop",
  promise:
    "a service is stopped, restarted and stopped again under load: no job is lost, none runs twice, no attempt is used up",

  async run(stage) {
    const { random } = stage;
    // Longer than any run: what has begun may finish.
    const work = anyWorkLoad(random, { retries: 0, stopTimeout: 20 });
    await underLoad(stage, work, async (host) => {
      for (let time = 0; time < stage.span(3, 15); time++) {
        await Bun.sleep(random.int(0, 400));
        // Also before it is up, and twice at once.
        const isUp = random.chance(0.7);
        await host.stop();
        if (isUp) await host.start();
        else {
          host.launch();
          await Bun.sleep(random.int(0, 200));
          await host.end();
          await host.start();
        }
      }
    });
    await stage.expectNoFailures();
    const starts = stage.ledger.lines().filter((line) => line.step === "start").length;
    stage.expect(starts === stage.pusher.told.size, `${starts} runs of ${stage.pusher.told.size} jobs`);
  },
};

export default scenario;
