import { now } from "../project/clock.ts";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";

/** Between two due times, so that their order is certain. */
const APART_MS = 10;
/** From a start, with workers that are yet to come, to the first run. */
const BEGINS_MS = 1_000;

const scenario: Scenario = {
  name: "due-while-down",
  promise:
    "jobs become due, and retries with them, while no service is there: they run when one is started, in the order of their times",

  async run(stage) {
    const { random } = stage;
    const queue = { workers: 1, prefetch: random.pick([0, 20]), retries: 1, retryDelay: 0.3 };
    const host = stage.host("a", queue);
    await host.start();
    await stage.pusher.push([{ job: "work", data: { ms: 0, throws: 1 } }]);
    const places = random.shuffled(Array.from({ length: stage.span(40, 400) }, (_, place) => place));
    const orders = places.map((place) => ({ job: "work", data: { ms: 0 }, delay: 0.3 + (place * APART_MS) / 1_000 }));
    const { ids } = await stage.pusher.push(orders);
    if (random.chance(0.5)) await host.stop();
    else {
      stage.killWithChildren(host, [host.manage]);
      await host.exited();
    }
    await Bun.sleep(300 + places.length * APART_MS);
    const startedAt = now();
    await host.start();
    await stage.drained();
    await stage.expectNoFailures();
    const expected = places
      .map((place, index) => ({ place, id: ids[index] ?? "" }))
      .toSorted((a, b) => a.place - b.place);
    expectOrder(
      stage,
      expected.map(({ id }) => id),
      startedAt,
    );
  },
};

function expectOrder(stage: Stage, ids: readonly string[], startedAt: number): void {
  const known = new Set(ids);
  const begun = stage.ledger.lines().filter(({ step, job }) => step === "start" && known.has(job));
  const wrong = begun.findIndex(({ job }, place) => job !== ids[place]);
  stage.expect(wrong < 0, `${begun[wrong]?.job} began as number ${wrong}; ${ids[wrong]} was due then`);
  stage.timed("begins", (begun[0]?.at ?? startedAt) - startedAt, BEGINS_MS);
}

export default scenario;
