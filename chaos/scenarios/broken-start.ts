import { cpuMs } from "../../bench/processes.ts";
import type { Host } from "../host.ts";
import { now } from "../project/clock.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

const REASON = "this file was broken on purpose";

const scenario: Scenario = {
  name: "broken-start",
  promise:
    "a jobs file breaks while the service runs, and every worker that starts dies of it: no fork storm, the reason is shown, and it heals when the file is mended",

  async run(stage) {
    const { random } = stage;
    const workers = stage.span(6, 40);
    const host = stage.host("a", { workers, retries: 1_000 });
    await host.start();
    const load = stage.pusher.load({ perSecond: 50, make: () => ({ job: "work", data: { ms: random.int(0, 10) } }) });
    await Bun.sleep(500);
    host.write("jobs/broken.ts", `throw new Error("${REASON}");`);
    for (const pid of host.pids("worker")) stage.signal(pid, "SIGKILL");
    await watchBackOff(stage, host, { workers, seconds: stage.span(2, 60) });
    host.remove("jobs/broken.ts");
    const mendedAt = now();
    // By itself when its back-off is over, or at once when it is told to.
    if (random.chance(0.5)) await host.command("worker:reload");
    await stage.whole(host, workers);
    stage.timed("healed", now() - mendedAt, 30_000);
    await load.stop();
    // Whatever start was put off must not come now as well.
    await Bun.sleep(stage.span(3_000, 35_000));
    await stage.whole(host, workers);
  },
};

interface Broken {
  readonly workers: number;
  readonly seconds: number;
}

/** Each place starts a worker at once, and then after 1, 2, 4 … 30 s. */
async function watchBackOff(stage: Stage, host: Host, { workers, seconds }: Broken): Promise<void> {
  const half = (seconds / 2) * 1_000;
  await Bun.sleep(half);
  const before = cpuMs([host.manage]);
  await Bun.sleep(half);
  const cpu = (cpuMs([host.manage]) - before) / half;
  const exits = host.output().split(REASON).length - 1;
  const most = workers * (3 + Math.ceil(Math.log2(seconds)));
  stage.say(`${exits} starts in ${seconds} s, then ${(cpu * 100).toFixed(0)} % of a core`);
  stage.expect(exits > 0, "the log does not say why workers cannot start");
  stage.expect(exits <= 2 * most, `${exits} starts in ${seconds} s; expected about ${most} at most`);
  if (stage.effort === "long")
    stage.expect(cpu < 0.5, `${(cpu * 100).toFixed(0)} % of a core for workers that cannot start`);
}

export default scenario;
