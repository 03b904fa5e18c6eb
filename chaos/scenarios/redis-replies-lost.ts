import { SCRIPTS } from "../../src/driver/redis/scripts.ts";
import { until } from "../../test/support/until.ts";
import { ON_REDIS, proxyOf } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

/** What is carried out and not answered: a push; an exchange, which settles, renews the lease and takes; a delivery. */
const WANTED: Readonly<Record<string, string>> = {
  push: SCRIPTS.push.digest,
  exchange: SCRIPTS.exchange.digest,
  delivery: "XREADGROUP",
  ring: "XREAD\r\n",
};

const scenario: Scenario = {
  name: "redis-replies-lost",
  promise:
    "replies get lost after Redis has pushed, taken, settled or delivered: nothing is done twice, nothing is lost",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const proxy = proxyOf(stage);
    const { mode } = stage.combination;
    // In grab mode nobody rings for jobs that are ready: the streams deliver them.
    const kinds = Object.keys(WANTED).filter((kind) => kind !== (mode === "grab" ? "ring" : "delivery"));
    // Bursts, with nothing to do between them: so all kinds of calls are made.
    const work = { ...anyWorkLoad(random, { retries: 0 }), perSecond: 30 };
    await underLoad(stage, work, async () => {
      for (let round = 0; round < stage.span(12, 120); round++) {
        await Bun.sleep(random.int(0, 60));
        if (random.chance(0.3)) await stage.pusher.push(Array.from({ length: random.int(1, 60) }, work.make));
        const kind = kinds[round % kinds.length] ?? "push";
        const wanted = WANTED[kind] ?? "";
        const before = proxy.lost;
        proxy.loses = (request) => proxy.lost === before && request.includes(wanted);
        await until(`the reply to a ${kind} is lost`, () => proxy.lost > before);
      }
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
