import { join } from "node:path";
import { goesOn } from "../goes-on.ts";
import type { Scenario } from "../scenario.ts";
import { ON_SQLITE, StoreFile } from "../sqlite.ts";
import type { World } from "../world.ts";
import { anyWorkLoad } from "../work-load.ts";

const LOCKER = join(import.meta.dir, "../../test/driver/sqlite/child.ts");

const scenario: Scenario = {
  name: "sqlite-locked",
  promise:
    "another program locks the file of two services for 3 to 30 s: both go on, and neither takes the other for dead",
  on: ON_SQLITE,

  async run(stage) {
    const { random } = stage;
    const work = anyWorkLoad(random, { retries: 0 });
    const hosts = ["a", "b"].map((name) => stage.host(name, work.queue));
    for (const host of hosts) await host.start();
    // What takes longest is in their hands all the time.
    const make = () => (random.chance(0.02) ? { job: "work", data: { ms: stage.span(300, 3_000) } } : work.make());
    const load = stage.pusher.load({ perSecond: 60, make });
    for (const ms of stage.effort === "short" ? [3_000] : [3_000, 17_000, 30_000]) {
      await Bun.sleep(random.int(300, 900));
      await locked(stage.world, new StoreFile(stage).path, ms);
      await goesOn(stage);
    }
    await load.stop();
    await stage.drained();
    await stage.expectNoFailures();
  },
};

/** Lets another process hold the lock for so long. */
async function locked(world: World, path: string, ms: number): Promise<void> {
  const locker = Bun.spawn([process.execPath, LOCKER, "locker", path], { stdio: ["pipe", "pipe", "inherit"] });
  world.onEnd(() => locker.kill("SIGKILL"));
  const { value } = await locker.stdout.getReader().read();
  if (value === undefined) throw new Error("the other program could not lock the file");
  await Bun.sleep(ms);
  await locker.stdin.write("enough\n");
  await locker.stdin.end();
  await locker.exited;
}

export default scenario;
