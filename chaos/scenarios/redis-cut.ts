import type { Passage, Proxy } from "../proxy.ts";
import { goesOn } from "../goes-on.ts";
import { ON_REDIS, proxyOf } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

/** Dead lines of which nobody is told are noticed in this time at the latest. */
const NOTICED_MS = 5_000;

const INJURIES: Readonly<Record<string, (proxy: Proxy) => void>> = {
  "dropped, and refused for a while": (proxy) => proxy.refuse(),
  "held both ways": (proxy) => proxy.set({ requests: "hold", replies: "hold" }),
  "held on the way to Redis": (proxy) => proxy.set({ requests: "hold" }),
  "held on the way back": (proxy) => proxy.set({ replies: "hold" }),
  "dead both ways": (proxy) => proxy.set(both("swallow")),
  "dead on the way to Redis": (proxy) => proxy.set({ requests: "swallow" }),
  "dead on the way back": (proxy) => proxy.set({ replies: "swallow" }),
};

function both(passage: Passage): { requests: Passage; replies: Passage } {
  return { requests: passage, replies: passage };
}

const scenario: Scenario = {
  name: "redis-cut",
  promise: "the lines to Redis are dropped, held up or dead, one way and both ways: nothing is lost or run twice",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const proxy = proxyOf(stage);
    const work = { ...anyWorkLoad(random, { retries: 0 }), perSecond: 100 };
    const all = Object.keys(INJURIES).toSorted(() => random.next() - 0.5);
    await underLoad(stage, work, async () => {
      for (const name of stage.effort === "short" ? all.slice(0, 3) : all) {
        await Bun.sleep(random.int(200, 500));
        stage.say(`lines are ${name}`);
        INJURIES[name]?.(proxy);
        await Bun.sleep(random.int(100, stage.span(600, 6_000)));
        proxy.mend();
        if (name.startsWith("dead")) await goesOn(stage, "noticed", NOTICED_MS);
        else await goesOn(stage);
      }
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
