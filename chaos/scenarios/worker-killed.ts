import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const SIGNALS = ["SIGKILL", "SIGKILL", "SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL"] as const;

const scenario: Scenario = {
  name: "worker-killed",
  promise: "workers are killed by all kinds of signals every 20 to 200 ms: only the run that was in each is run again",
  recoversWithinMs: 100,

  async run(stage) {
    const { random } = stage;
    const work = anyWorkLoad(random, { retries: 1_000 });
    await underLoad(stage, work, async (host) => {
      const end = performance.now() + stage.span(1_500, 8_000);
      while (performance.now() < end) {
        await Bun.sleep(random.int(20, 200));
        // One that has not run a job yet may be starting: that is another scenario.
        const known = new Set(stage.ledger.lines().map((line) => line.pid));
        const workers = host.pids("worker").filter((pid) => known.has(pid));
        if (workers.length > 0) stage.signal(random.pick(workers), random.pick(SIGNALS));
      }
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
