import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "starting-killed",
  promise:
    "workers die in onWorkerStart, and are killed while they start: the others go on, and every place is filled again",

  async run(stage) {
    const { random } = stage;
    const work = anyWorkLoad(random, { workers: 4, retries: 1_000 });
    const host = await underLoad(stage, work, async (service) => {
      service.write("start.json", JSON.stringify({ every: random.int(2, 4), how: random.pick(["exit", "SIGKILL"]) }));
      const end = performance.now() + stage.span(1_500, 10_000);
      while (performance.now() < end) {
        await Bun.sleep(random.int(20, 200));
        const workers = service.pids("worker");
        // Whichever it meets: those that run jobs make room for new ones.
        if (workers.length > 0) stage.signal(random.pick(workers), "SIGKILL");
      }
      service.remove("start.json");
    });
    await stage.expectNoFailures();
    await stage.whole(host, 4);
  },
};

export default scenario;
