import type { Scenario } from "../scenario.ts";
import { anyWorkLoad } from "../work-load.ts";

/** What `exchange-loop.ts` holds on to: an owner that is silent for so long has lost its jobs. */
const LEASE_MS = 15_000;
const LOOK_MS = 2_000;

const scenario: Scenario = {
  name: "lease-lost",
  promise:
    "a master is stopped for longer than its lease: the other service takes its jobs, and what it says of them afterwards changes nothing",
  form: "long",

  async run(stage) {
    const { random } = stage;
    const work = anyWorkLoad(random, { retries: 0, timeout: 0 });
    const [frozen, other] = [stage.host("a", work.queue), stage.host("b", work.queue)];
    await frozen.start();
    await other.start();
    const load = stage.pusher.load(work);
    await Bun.sleep(random.int(300, 800));
    const [master = 0] = frozen.pids("master");
    const workers = new Set(frozen.pids("worker"));
    // The one case of the promise: what the silent owner held, its workers may have run as well.
    stage.excuse(({ first, second }) => workers.has(first.pid) || workers.has(second.pid));
    stage.signal(master, "SIGSTOP");
    await Bun.sleep(LEASE_MS + LOOK_MS);
    await load.stop();
    stage.signal(master, "SIGCONT");
    await stage.drained();
    await stage.expectNoFailures();
  },
};

export default scenario;
