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
  const [master] = host.pids("master");
  if (master === undefined) return;
  await whileStarved(stage, master, async () => {
    for (const worker of host.pids("worker").slice(1)) {
      await Bun.sleep(stage.random.int(20, 300));
      stage.signal(worker, "SIGKILL");
    }
  });
  stage.expect(host.pids("master")[0] === master, "the master ended, or was replaced");
}

/** Its master is killed meanwhile. */
async function starveManage(stage: Stage, host: Host): Promise<void> {
  await whileStarved(stage, host.manage, async () => stage.killWithChildren(host, host.pids("master")));
}

async function whileStarved(stage: Stage, pid: number, injure: () => Promise<void>): Promise<void> {
  const feed = starve(pid, stage.random.int(1, 3));
  await injure();
  await Bun.sleep(stage.random.int(500, 3_000));
  feed();
}

export default scenario;
