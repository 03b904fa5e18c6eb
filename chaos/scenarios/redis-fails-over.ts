import { type TestRedis, freePort, startRedis } from "../../test/support/redis.ts";
import { startSentinel } from "../../test/support/sentinel.ts";
import { until } from "../../test/support/until.ts";
import type { Pair as RunsOfJob } from "../audit.ts";
import { now } from "../project/clock.ts";
import { goesOn } from "../goes-on.ts";
import { ON_REDIS } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { anyWorkLoad } from "../work-load.ts";

/** Until Sentinel has noticed and another server has taken over. */
const TAKEN_OVER_MS = 5_000;
/** What the server did in its last moments may never reach the replica. */
const LAG_MS = 1_000;

const scenario: Scenario = {
  name: "redis-fails-over",
  promise:
    "a server dies and its replica takes over: what that had received is not lost, and only runs of that moment repeat",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const pair = await Pair.start(stage);
    const work = { ...anyWorkLoad(random, { retries: 0 }), perSecond: 300 };
    await stage.host("a", work.queue).start();
    const load = stage.pusher.load({ ...work, make: () => ({ job: "work", data: { ms: random.int(10, 60) } }) });
    await Bun.sleep(random.int(500, 1_500));
    await load.stop();
    // What is pushed is safe once the replica has it. What is taken and settled meanwhile may get lost on its way.
    await pair.inStep();
    const diedAt = now();
    stage.excuse((runs) => wasNear(runs, diedAt));
    await pair.crash();
    await goesOn(stage, "taken over", TAKEN_OVER_MS);
    await stage.drained();
    await stage.expectNoFailures();
  },
};

/** Whether the first run began or ended when its server died or shortly before. */
function wasNear({ first }: RunsOfJob, diedAt: number): boolean {
  return first.end === undefined || first.end.at > diedAt - LAG_MS;
}

/** A server, its replica, and the Sentinel that watches them. */
class Pair {
  readonly #first: TestRedis;

  private constructor(first: TestRedis) {
    this.#first = first;
  }

  static async start(stage: Stage): Promise<Pair> {
    const port = freePort();
    const first = await startRedis({ port: String(port), bind: "127.0.0.1" });
    const second = await startRedis({ port: String(freePort()), bind: "127.0.0.1", replicaof: `127.0.0.1 ${port}` });
    const sentinel = await startSentinel(port);
    for (const one of [sentinel, first, second]) stage.world.onEnd(() => one.stop());
    await until("Sentinel knows the replica", sentinel.isReady);
    stage.reach(`redis+sentinel://127.0.0.1:${sentinel.port}/main`);
    return new Pair(first);
  }

  /** Resolves when the replica has all that was written until now. */
  async inStep(): Promise<void> {
    await until("the replica has everything", async () => (await this.#first.admin.wait(1, 1_000)) === 1);
  }

  async crash(): Promise<void> {
    await this.#first.kill();
  }
}

export default scenario;
