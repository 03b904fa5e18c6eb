import { statSync } from "node:fs";
import { until } from "../../test/support/until.ts";
import { goesOn } from "../goes-on.ts";
import { FULL_DISK_IS_AN_ERROR } from "../pusher.ts";
import type { Scenario } from "../scenario.ts";
import { ON_SQLITE, StoreFile } from "../sqlite.ts";
import type { Stage } from "../stage.ts";
import { anyWorkLoad } from "../work-load.ts";

const LEAST_LOG_BYTES = 600_000;

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
      await until("the log has grown", () => store.logBytes > LEAST_LOG_BYTES);
      // They come to their ends while there is no room, and cannot be settled.
      await stage.pusher.push(Array.from({ length: 60 }, () => ({ job: "work", data: { ms: 40 } })));
      const pids = [stage.pusher.pid, ...host.family().map(({ pid }) => pid)];
      limit(stage, pids, store.logBytes);
      await Bun.sleep(random.int(500, stage.span(1_500, 20_000)));
      limit(stage, pids, "unlimited");
      await goesOn(stage);
      store.expectSound(stage);
    }
    await load.stop();
    await stage.drained();
    await stage.expectNoFailures();
    stage.expect(host.output().includes("could not be read or written"), "the log does not say what was wrong");
  },
};

/** How large the files may get that these processes write: the log is the largest. */
function limit(stage: Stage, pids: readonly number[], bytes: number | "unlimited"): void {
  if (bytes !== "unlimited" && statSync(stage.ledger.path).size > bytes) throw new Error("the ledger is too large");
  for (const pid of pids) {
    const { exitCode } = Bun.spawnSync(["prlimit", "--pid", String(pid), `--fsize=${bytes}:unlimited`]);
    if (exitCode !== 0) throw new Error(`prlimit ended with ${exitCode} for process ${pid}`);
  }
}

export default scenario;
