import type { Attempt } from "../../src/job/attempt.ts";
import { until } from "../../test/support/until.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

type End = Attempt["outcome"] | "done";

/** How jobs that behave badly end. */
const ENDS: Readonly<Record<string, End>> = {
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
  "leaves timers behind": "done",
  "sends rubbish": "done",
  "floods the channel": "done",
  "leaves the folder": "done",
  "prints very much": "done",
};

/** What these leave behind may end their worker, and with it themselves or whatever runs there by then. */
const LEGACIES: readonly string[] = [
  "throws later",
  "rejects later",
  "leaves a busy loop behind",
  "leaves a child behind",
  "closes the channel",
  "writes rubbish into the channel",
  "takes all listeners away",
];

const TIMEOUT_S = 0.3;
const LONG_S = 10;
const PATIENCE_MS = 30_000;

const scenario: Scenario = {
  name: "misbehaving",
  promise:
    "handlers block, throw anything, flood or close their channel, leave things behind: each ends as it must, and the good jobs beside them run",

  async run(stage) {
    stage.serviceKillsWorkers();
    const host = stage.host("a", { workers: 3, retries: 50, timeout: 2, retryOnTimeout: true });
    await host.start();
    const good = stage.pusher.load({ perSecond: 60, make: () => ({ job: "work", data: { ms: 2 } }) });
    const bad = await pushAll(stage, Object.keys(ENDS));
    await until("all bad jobs have ended", () => haveEnded(stage, bad), PATIENCE_MS);
    const heirs = await pushAll(stage, LEGACIES);
    await good.stop();
    await stage.drained();
    await expectEnds(stage, bad, ({ way, end }) => end === ENDS[way]);
    await expectEnds(stage, heirs, ({ end }) => end !== "memory" && end !== "lease-lost");
    const masters = host.output().split("the master ended").length - 1;
    stage.expect(masters === 0, `${masters} masters ended`);
    const failed = (await stage.failed()).filter((job) => !bad.has(job.id) && !heirs.has(job.id));
    stage.expect(failed.length === 0, `${failed.length} good jobs failed`);
  },
};

/** Pushes a job for each way, in any order. Gives the ways by the jobs' ids. */
async function pushAll(stage: Stage, ways: readonly string[]): Promise<Map<string, string>> {
  const pushed = new Map<string, string>();
  const megabytes = stage.span(5, 100);
  for (const way of stage.random.shuffled(ways)) {
    const timeout = ENDS[way] === "timeout" ? TIMEOUT_S : LONG_S;
    const order = { job: "misbehave", data: { way, megabytes }, retries: 0, timeout, retryOnTimeout: false };
    const { ids } = await stage.pusher.push([order]);
    for (const id of ids) pushed.set(id, way);
    await Bun.sleep(stage.random.int(0, 60));
  }
  return pushed;
}

function haveEnded(stage: Stage, jobs: ReadonlyMap<string, string>): boolean {
  const ended = stage.ledger.lines().filter(({ step }) => step === "done" || step === "callback-done");
  const ids = new Set(ended.map((line) => line.job));
  return [...jobs.keys()].every((id) => ids.has(id));
}

async function expectEnds(
  stage: Stage,
  bad: ReadonlyMap<string, string>,
  isRight: (found: { readonly way: string; readonly end: End }) => boolean,
): Promise<void> {
  const failed = new Map((await stage.failed()).map((job) => [job.id, job.attempts]));
  for (const [id, way] of bad) {
    const last = failed.get(id)?.at(-1);
    const end = last?.outcome ?? "done";
    stage.expect(isRight({ way, end }), `a job that ${way} ended as ${end}`);
    if (last?.outcome === "timeout") stage.timed("timeout", ((last.seconds ?? 0) - TIMEOUT_S) * 1_000, 100);
  }
}

export default scenario;
