import type { Attempt } from "../../src/job/attempt.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

/** How jobs that behave badly end. `done` also where it is the worker that pays for it afterwards. */
const ENDS: Readonly<Record<string, Attempt["outcome"] | "done">> = {
  "blocks for ever": "timeout",
  "sleeps without yielding": "timeout",
  "never yields to timers": "timeout",
  "never ends": "timeout",
  "ignores its signal": "timeout",
  "throws undefined": "error",
  "throws a proxy that throws": "error",
  "throws an error that throws": "error",
  "throws an error with a symbol and a circle": "error",
  "throws a megabyte": "error",
  "rejects twice": "error",
  "returns a thenable that throws": "error",
  "overflows the stack": "error",
  "throws later": "done",
  "rejects later": "done",
  "leaves timers behind": "done",
  "leaves a busy loop behind": "done",
  "leaves a child behind": "done",
  "sends rubbish": "done",
  "closes the channel": "done",
  "writes rubbish into the channel": "done",
  "takes all listeners away": "done",
  "leaves the folder": "done",
  "prints very much": "done",
};

const TIMEOUT_S = 0.3;

const scenario: Scenario = {
  name: "misbehaving",
  promise:
    "handlers block, throw anything, close or flood their channel: each ends as it must, and the good jobs beside them run",

  async run(stage) {
    // What a bad job leaves behind ends its worker, and with it the run that is in it then.
    stage.serviceKillsWorkers();
    const host = stage.host("a", { workers: 3, retries: 50, timeout: 20 });
    await host.start();
    const good = stage.pusher.load({ perSecond: 60, make: () => ({ job: "work", data: { ms: 2 } }) });
    const ways = Object.keys(ENDS).toSorted(() => stage.random.next() - 0.5);
    const bad = new Map<string, string>();
    for (const way of ways) {
      const { ids } = await stage.pusher.push([{ job: "misbehave", data: { way }, retries: 0, timeout: TIMEOUT_S }]);
      for (const id of ids) bad.set(id, way);
      await Bun.sleep(stage.random.int(0, 60));
    }
    await good.stop();
    await stage.drained();
    await expectEnds(stage, bad);
  },
};

async function expectEnds(stage: Stage, bad: ReadonlyMap<string, string>): Promise<void> {
  const failed = new Map((await stage.failed()).map((job) => [job.id, job.attempts]));
  for (const [id, way] of bad) {
    const last = failed.get(id)?.at(-1);
    const found = last?.outcome ?? "done";
    stage.expect(found === ENDS[way], `a job that ${way} ended as ${found}; expected ${ENDS[way]}`);
    if (last?.outcome === "timeout") stage.timed("timeout", ((last.seconds ?? 0) - TIMEOUT_S) * 1_000, 100);
    failed.delete(id);
  }
  stage.expect(failed.size === 0, `${failed.size} good jobs failed`);
}

export default scenario;
