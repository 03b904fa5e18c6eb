import type { Death } from "../project/death.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { underLoad } from "../work-load.ts";

const DEATHS: readonly Death[] = ["exit", "SIGKILL", "abort"];
/** A callback whose process dies is begun so often and no more. */
const TRIES = 3;

const scenario: Scenario = {
  name: "callback-killed",
  promise:
    "failure callbacks end their worker, and workers are killed while they run one: another worker runs it again, three times in all",
  // So many die that a job may have to wait for a new worker.
  recoversWithinMs: 1_000,

  async run(stage) {
    const { random } = stage;
    const make = () => {
      const dies = random.chance(0.2) ? { runs: random.int(1, TRIES + 1), how: random.pick(DEATHS) } : undefined;
      const callback = { ms: random.int(0, 20), throws: random.chance(0.1), ...(dies && { dies }) };
      return { job: "work", data: { ms: random.int(0, 5), throws: random.int(0, 2), callback } };
    };
    const work = { queue: { workers: 3, retries: 1, retryDelay: 0.02 }, perSecond: 60, make };
    await underLoad(stage, work, async (host) => {
      const end = performance.now() + stage.span(1_500, 8_000);
      while (performance.now() < end) {
        await Bun.sleep(random.int(100, 400));
        const inCallback = pidsInCallback(stage);
        const victims = host.pids("worker").filter((pid) => inCallback.has(pid));
        if (victims.length > 0) stage.signal(random.pick(victims), "SIGKILL");
      }
    });
    await expectCallbacks(stage);
  },
};

/** Workers whose last word was that a callback has begun. */
function pidsInCallback(stage: Stage): ReadonlySet<number> {
  const last = new Map(stage.ledger.lines().map((line) => [line.pid, line.step]));
  return new Set([...last].flatMap(([pid, step]) => (step === "callback" ? [pid] : [])));
}

/** Every failed job had its callback, and none more often than it may. */
async function expectCallbacks(stage: Stage): Promise<void> {
  const begun = Map.groupBy(
    stage.ledger.lines().filter((line) => line.step === "callback"),
    (line) => line.job,
  );
  const failed = await stage.failed();
  for (const { id } of failed) {
    const times = begun.get(id)?.length ?? 0;
    stage.expect(times >= 1 && times <= TRIES, `the callback of ${id} was begun ${times} times`);
  }
  const ids = new Set(failed.map((job) => job.id));
  for (const id of begun.keys()) stage.expect(ids.has(id), `the callback of ${id} ran, and it is not kept as failed`);
}

export default scenario;
