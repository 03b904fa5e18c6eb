import { renameSync, rmSync } from "node:fs";
import { until } from "../../test/support/until.ts";
import { goesOn } from "../goes-on.ts";
import type { Scenario } from "../scenario.ts";
import { ON_SQLITE, StoreFile } from "../sqlite.ts";
import { anyWorkLoad } from "../work-load.ts";

/** A file that is gone is noticed within a second; an idle service looks every five. */
const AWAY_MS = 6_000;

const scenario: Scenario = {
  name: "sqlite-deleted",
  promise: "the file is moved away and back: nothing is lost; it is deleted: that is said, and a new start begins anew",
  on: ON_SQLITE,

  async run(stage) {
    const { random } = stage;
    const store = new StoreFile(stage);
    const work = anyWorkLoad(random, { retries: 0, stopTimeout: 2 });
    const host = stage.host("a", work.queue);
    await host.start();
    let load = stage.pusher.load({ ...work, perSecond: 60 });
    // Everybody has the file open: who opens one that is not there makes another.
    await goesOn(stage);
    await Bun.sleep(random.int(300, 900));
    renameSync(store.path, `${store.path}.away`);
    await Bun.sleep(random.int(1_200, 2_000));
    renameSync(`${store.path}.away`, store.path);
    await goesOn(stage);
    await load.stop();

    for (const file of store.all) rmSync(file);
    const isNoticed = () => host.output().includes("was deleted or replaced while it was open");
    await until("the service says that its file is gone", isNoticed, 2 * AWAY_MS);
    await host.stop();
    await stage.pusher.restart();
    stage.pusher.storeForgot();
    await host.start();
    load = stage.pusher.load(work);
    await Bun.sleep(random.int(300, 900));
    await load.stop();
    await stage.drained();
    store.expectSound(stage);
    await stage.expectNoFailures();
  },
};

export default scenario;
