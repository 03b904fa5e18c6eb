import { until } from "../../test/support/until.ts";
import type { Counts } from "../audit.ts";
import { holdingsOf } from "../family.ts";
import type { Host } from "../host.ts";
import { now } from "../project/clock.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

const BIG = "big";
const COMMAND_MS = 1_000;
/** What one step of a clean-up may keep the store busy for. */
const STEP_MS = 50;
/** What manage and masters together may grow by while jobs are pushed that they hold no list of, and while they work. */
const GROWTH_BYTES = 16 * 2 ** 20;
const WORKING_BYTES = 64 * 2 ** 20;
const PATIENCE_MS = 30_000;

const scenario: Scenario = {
  name: "many-waiting",
  promise:
    "a million jobs wait: commands answer within a second, manage and masters do not grow, and cleaning blocks nobody",

  async run(stage) {
    const { random } = stage;
    const host = stage.host("a", { workers: 2 }, { others: { [BIG]: { workers: 1 } } });
    await host.start();
    // What a master that has done its first work holds anyway.
    await stage.pusher.fill(BIG, 20_000);
    await until("it is warm", async () => (await countsOf(host)).ready === 0, PATIENCE_MS);
    await host.command("queue:pause", "--queue", BIG);
    const before = memoryOf(host);
    const count = stage.span(50_000, 1_000_000);
    stage.say(`pushing ${count} jobs`);
    await stage.pusher.fill(BIG, count);
    expectGrowth(stage, memoryOf(host) - before, GROWTH_BYTES);
    await timeCommands(stage, host);
    // The other queue of the service works beside it, and this one for a moment.
    await host.command("queue:resume", "--queue", BIG);
    const load = stage.pusher.load({ perSecond: 100, make: () => ({ job: "work", data: { ms: random.int(0, 5) } }) });
    await Bun.sleep(stage.span(1_000, 5_000));
    await host.command("queue:pause", "--queue", BIG);
    expectGrowth(stage, memoryOf(host) - before, WORKING_BYTES);
    await cleanBesidePushes(stage, host);
    await load.stop();
  },
};

function memoryOf(host: Host): number {
  const pids = [...host.pids("manage"), ...host.pids("master")];
  return pids.reduce((sum, pid) => sum + (holdingsOf(pid)?.memory ?? 0), 0);
}

function expectGrowth(stage: Stage, bytes: number, most: number): void {
  const grown = `manage and masters grew by ${Math.round(bytes / 2 ** 20)} MB`;
  stage.say(grown);
  stage.expect(bytes < most, grown);
}

async function timeCommands(stage: Stage, host: Host): Promise<void> {
  for (const words of [["queue:status"], ["queue:failed", "--queue", BIG], ["worker:status"]]) {
    const startedAt = now();
    await host.json(...words);
    stage.timed(words[0] ?? "", now() - startedAt, COMMAND_MS);
  }
}

/** Cleans the queue, and asks the store something all the while: nobody waits for long. */
async function cleanBesidePushes(stage: Stage, host: Host): Promise<void> {
  let isOver = false;
  const cleaning = host.command("queue:clean", "--queue", BIG, "--yes").finally(() => (isOver = true));
  while (!isOver) {
    const startedAt = now();
    await stage.pusher.push([{ job: "work", data: { ms: 0 } }]);
    stage.timed("push beside clean", now() - startedAt, STEP_MS);
    await Bun.sleep(5);
  }
  const { code, stderr } = await cleaning;
  stage.expect(code === 0, `queue:clean ended with ${code}: ${stderr}`);
  const { ready } = await countsOf(host);
  stage.expect(ready === 0, `${ready} jobs are left after the clean-up`);
}

async function countsOf(host: Host): Promise<Counts> {
  const rows = await host.json("queue:status", "--queue", BIG);
  return (rows as [Counts])[0];
}

export default scenario;
