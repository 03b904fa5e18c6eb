import { until } from "../../test/support/until.ts";
import { now } from "../project/clock.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad } from "../work-load.ts";

/** Leases, and when the others look for those that have ended: `exchange-loop.ts`, `lost-hosts.ts`. */
const PROMISED_MS = 15_000 + 2_000;
const PATIENCE_MS = 40_000;
/** What a run had done so long before its host was lost, the store had been told. */
const UNTOLD_MS = 2_000;

const scenario: Scenario = {
  name: "host-lost",
  promise: "one of two services on one store is gone for good: the other one does its jobs when the lease is over",
  form: "long",

  async run(stage) {
    const { random } = stage;
    const work = anyWorkLoad(random, { retries: 0 });
    const [lost, other] = [stage.host("a", work.queue), stage.host("b", work.queue)];
    await lost.start();
    await other.start();
    const load = stage.pusher.load(work);
    await Bun.sleep(random.int(500, 1_500));
    const workers = new Set(lost.pids("worker"));
    const lostAt = now();
    stage.killWithChildren(lost, [lost.manage]);
    // Nobody can read the boards of a host that is gone.
    stage.excuse(({ first }) => workers.has(first.pid) && (first.end?.at ?? lostAt) > lostAt - UNTOLD_MS);
    await load.stop();
    const active = async (): Promise<number> => (await stage.counts()).active;
    await until("the jobs of the lost host are done", async () => (await active()) === 0, PATIENCE_MS);
    stage.timed("host lost", now() - lostAt, PROMISED_MS);
    await stage.expectNoFailures();
  },
};

export default scenario;
