import { chmodSync } from "node:fs";
import { goesOn } from "../goes-on.ts";
import { QUEUE } from "../pusher.ts";
import type { Scenario } from "../scenario.ts";
import { ON_SQLITE, StoreFile } from "../sqlite.ts";
import { anyWorkLoad } from "../work-load.ts";

/** Modes of files bind root as well when it runs without the right to pass over them. */
const BOUND_BY_MODES = process.getuid?.() === 0 ? ["setpriv", "--bounding-set", "-dac_override"] : [];
/** A master that could not begin is started again after some seconds at most. */
const HEALED_MS = 5_000;
const STORE_FAILED = 69;

const scenario: Scenario = {
  name: "sqlite-read-only",
  promise:
    "the file may not be written any more: who has it open goes on, others are refused, and it heals when mended",
  on: ON_SQLITE,

  async run(stage) {
    const { random } = stage;
    const store = new StoreFile(stage);
    const work = { ...anyWorkLoad(random, { retries: 0 }), perSecond: 60 };
    const host = stage.host("a", work.queue, { under: BOUND_BY_MODES });
    await host.start();
    const load = stage.pusher.load(work);
    for (let round = 0; round < stage.span(1, 2); round++) {
      await Bun.sleep(random.int(300, 900));
      for (const file of store.all) chmodSync(file, 0o400);
      await goesOn(stage);
      const { code, stderr } = await host.command("queue:push", "--queue", QUEUE, "work");
      stage.expect(
        code === STORE_FAILED && stderr.includes("may not be written"),
        `a push ended with ${code}: ${stderr}`,
      );
      stage.killWithChildren(host, host.pids("master"));
      await Bun.sleep(random.int(300, 1_500));
      for (const file of store.all) chmodSync(file, 0o600);
      await goesOn(stage, "healed", HEALED_MS);
    }
    await load.stop();
    await stage.drained();
    await stage.expectNoFailures();
  },
};

export default scenario;
