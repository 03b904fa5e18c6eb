import { statSync } from "node:fs";
import { goesOn } from "../goes-on.ts";
import { FULL_DISK_IS_AN_ERROR } from "../pusher.ts";
import type { Scenario } from "../scenario.ts";
import { ON_SQLITE, StoreFile } from "../sqlite.ts";
import { anyWorkLoad } from "../work-load.ts";

/** The log begins anew, and soon wants more than this. The ledger, which is a file as well, does not. */
const ROOM_BYTES = 100_000;

const scenario: Scenario = {
  name: "sqlite-full",
  promise: "there is no room for another commit: pushes fail, and all goes on when there is room again",
  on: ON_SQLITE,

  async run(stage) {
    const { random } = stage;
    const store = new StoreFile(stage);
    const work = { ...anyWorkLoad(random, { retries: 0 }), perSecond: 60 };
    const host = stage.host("a", work.queue, { under: FULL_DISK_IS_AN_ERROR });
    await host.start();
    const load = stage.pusher.load(work);
    for (let round = 0; round < stage.span(1, 4); round++) {
      await Bun.sleep(random.int(200, 900));
      await store.emptyLog();
      const letGo = store.keepLog();
      // They come to their ends while there is no room, and cannot be settled.
      await stage.pusher.push(Array.from({ length: 60 }, () => ({ job: "work", data: { ms: 40 } })));
      const pids = [stage.pusher.pid, ...host.family().map(({ pid }) => pid)];
      limit(pids, statSync(stage.ledger.path).size + ROOM_BYTES);
      await Bun.sleep(random.int(500, stage.span(1_500, 20_000)));
      limit(pids, "unlimited");
      letGo();
      await goesOn(stage);
      store.expectSound(stage);
    }
    await load.stop();
    await stage.drained();
    await stage.expectNoFailures();
    stage.expect(host.output().includes("could not be read or written"), "the log does not say what was wrong");
  },
};

/** How large any file may get that these processes write. */
function limit(pids: readonly number[], bytes: number | "unlimited"): void {
  for (const pid of pids) {
    const { exitCode } = Bun.spawnSync(["prlimit", "--pid", String(pid), `--fsize=${bytes}:unlimited`]);
    if (exitCode !== 0) throw new Error(`prlimit ended with ${exitCode} for process ${pid}`);
  }
}

export default scenario;
