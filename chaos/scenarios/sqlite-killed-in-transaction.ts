import { until } from "../../test/support/until.ts";
import type { Host } from "../host.ts";
import { send } from "../injuries.ts";
import type { Scenario } from "../scenario.ts";
import { ON_SQLITE, StoreFile } from "../sqlite.ts";
import type { Stage } from "../stage.ts";
import { anyWorkLoad } from "../work-load.ts";

const LOOK_MS = 100;
/** Masters that die again and again are started again later each time. */
const PATIENCE_MS = 60_000;

const scenario: Scenario = {
  name: "sqlite-killed-in-transaction",
  promise: "of two services on one file, processes are killed in the middle of a transaction: the file stays sound",
  on: ON_SQLITE,

  async run(stage) {
    const { random } = stage;
    const work = anyWorkLoad(random, { retries: 1_000 });
    const hosts = ["a", "b"].map((name) => stage.host(name, work.queue));
    for (const host of hosts) await host.start();
    const store = new StoreFile(stage);
    const load = stage.pusher.load(work);
    for (let kill = 0; kill < stage.span(4, 12); kill++) {
      await Bun.sleep(random.int(50, 400));
      await until(
        "a process of a service is killed in a transaction",
        () => killWriter(stage, store, hosts),
        PATIENCE_MS,
      );
      store.expectSound(stage);
    }
    await load.stop();
    await stage.drained();
    store.expectSound(stage);
    await stage.expectNoFailures();
  },
};

/** Kills the process that holds the lock, if it is a master or a worker. Tells whether it did. */
function killWriter(stage: Stage, store: StoreFile, hosts: readonly Host[]): boolean {
  const writer = stoppedWriter(store);
  if (writer === undefined) return false;
  for (const host of hosts) {
    const role = host.family().find(({ pid }) => pid === writer)?.role;
    if (role === "worker") stage.signal(writer, "SIGKILL");
    else if (role === "master") stage.killWithChildren(host, [writer]);
    else continue;
    return true;
  }
  send(writer, "SIGCONT");
  return false;
}

/** Looks for a moment, and stops whoever is in a transaction then: it stays in it. */
function stoppedWriter(store: StoreFile): number | undefined {
  for (const end = performance.now() + LOOK_MS; performance.now() < end;) {
    const writer = store.writer();
    if (writer === undefined || !send(writer, "SIGSTOP")) continue;
    if (store.writer() === writer) return writer;
    send(writer, "SIGCONT");
  }
  return undefined;
}

export default scenario;
