import { starve } from "../../test/support/descriptors.ts";
import type { Host } from "../host.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

const scenario: Scenario = {
  name: "starved",
  promise:
    "a process has no file descriptor left to start another one: what runs goes on, and every place is filled again when it has",

  async run(stage) {
    const { random } = stage;
    const work = anyWorkLoad(random, { workers: 4, retries: 1_000 });
    const host = await underLoad(stage, work, async (service) => {
      for (let round = 0; round < stage.span(1, 4); round++) {
        await starveMaster(stage, service);
        await starveManage(stage, service);
      }
    });
    await stage.expectNoFailures();
    await stage.whole(host, 4);
  },
};

/** Its workers are killed meanwhile, but for one. */
async function starveMaster(stage: Stage, host: Host): Promise<void> {
  const { random } = stage;
  const [master] = host.pids("master");
  if (master === undefined) return;
  const feed = starve(master, random.int(1, 3));
  for (const worker of host.pids("worker").slice(1)) {
    await Bun.sleep(random.int(20, 300));
    stage.signal(worker, "SIGKILL");
  }
  await Bun.sleep(random.int(500, 3_000));
  stage.expect(host.pids("master")[0] === master, "the master ended, or was replaced");
  feed();
}

/** Its master is killed meanwhile. */
async function starveManage(stage: Stage, host: Host): Promise<void> {
  const { random } = stage;
  const [manage] = host.pids("manage");
  if (manage === undefined) return;
  const feed = starve(manage, random.int(1, 3));
  stage.killWithChildren(host, host.pids("master"));
  await Bun.sleep(random.int(500, 3_000));
  feed();
}

export default scenario;
