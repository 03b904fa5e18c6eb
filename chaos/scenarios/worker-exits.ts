import type { Death } from "../project/death.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

const DEATHS: readonly Death[] = ["exit", "abort", "SIGKILL", "SIGSEGV", "SIGILL", "SIGTERM"];
const RETRIES = 2;

/** What is known of a job before it runs: how often it ends its worker, and how. */
interface Fate {
  readonly runs: number;
  readonly how: Death;
}

const scenario: Scenario = {
  name: "worker-exits",
  promise:
    "jobs end their own worker, some each time they run: they fail after their retries, with the cause; all others are done",
  // So many die that a job may have to wait for a new worker.
  recoversWithinMs: 1_000,

  async run(stage) {
    const { random } = stage;
    const host = stage.host("a", { workers: 4, retries: RETRIES, prefetch: random.pick(["auto", 0, 20]) });
    await host.start();
    const fates: (Fate | undefined)[] = [];
    const load = stage.pusher.load({
      perSecond: 120,
      make: () => {
        const fate = random.chance(0.04) ? { runs: random.int(1, RETRIES + 2), how: random.pick(DEATHS) } : undefined;
        fates.push(fate);
        const work = { ms: random.int(0, 10) };
        return { job: "work", data: fate === undefined ? work : { ...work, dies: fate } };
      },
    });
    await Bun.sleep(stage.span(1_500, 10_000));
    await load.stop();
    await stage.drained();
    await expectFates(stage, fates);
  },
};

/** Ids are given in the order in which jobs are made. */
async function expectFates(stage: Stage, fates: readonly (Fate | undefined)[]): Promise<void> {
  const failed = new Map((await stage.failed()).map((job) => [job.id, job.attempts]));
  for (const [index, id] of [...stage.pusher.told.keys()].entries()) {
    const fate = fates[index];
    const attempts = failed.get(id)?.map(({ outcome }) => outcome) ?? [];
    const isDoomed = fate !== undefined && fate.runs > RETRIES;
    const outcome = fate?.how === "exit" ? "exit" : "killed";
    const expected = isDoomed ? Array.from({ length: RETRIES + 1 }, () => outcome) : [];
    stage.expect(
      attempts.join() === expected.join(),
      `${id} (${JSON.stringify(fate)}) failed with "${attempts.join()}"; expected "${expected.join()}"`,
    );
  }
}

export default scenario;
