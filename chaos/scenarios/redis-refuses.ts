import type { TestRedis } from "../../test/support/redis.ts";
import { goesOn } from "../goes-on.ts";
import { ON_REDIS, redisOf } from "../redis.ts";
import type { Scenario } from "../scenario.ts";
import { anyWorkLoad, underLoad } from "../work-load.ts";

/** A refusal: how it begins, and how it ends. `LOADING` ends by itself. */
interface Refusal {
  begin(redis: TestRedis): Promise<unknown>;
  end(redis: TestRedis): Promise<unknown>;
}

/** Microseconds that each key takes to be loaded. */
const SLOW_LOADING = { "key-load-delay": "60000", "loading-process-events-interval-bytes": "1024" } as const;

const killClients = ({ admin }: TestRedis) => admin.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");

let loaded = Promise.resolve();

const REFUSALS: Readonly<Record<string, Refusal>> = {
  READONLY: {
    begin: ({ admin }) => admin.replicaof("127.0.0.1", 1),
    end: ({ admin }) => admin.replicaof("NO", "ONE"),
  },
  MASTERDOWN: {
    async begin({ admin }) {
      await admin.config("SET", "replica-serve-stale-data", "no");
      await admin.replicaof("127.0.0.1", 1);
    },
    end: ({ admin }) => admin.replicaof("NO", "ONE"),
  },
  NOAUTH: {
    async begin(redis) {
      await redis.admin.config("SET", "requirepass", "another");
      await killClients(redis);
    },
    // Who has logged in stays so.
    end: async ({ admin }) => {
      await admin.auth("another");
      await admin.config("SET", "requirepass", "");
    },
  },
  OOM: {
    begin: ({ admin }) => admin.config("SET", "maxmemory", "1"),
    end: ({ admin }) => admin.config("SET", "maxmemory", "0"),
  },
  LOADING: {
    async begin(redis) {
      // It answers nobody any more, saves, and ends.
      await redis.admin.config("SET", "save", "3600 1");
      await redis.kill("SIGTERM");
      loaded = redis.revive(SLOW_LOADING);
    },
    end: () => loaded,
  },
};

const scenario: Scenario = {
  name: "redis-refuses",
  promise: "Redis answers READONLY, MASTERDOWN, NOAUTH, OOM and LOADING for a while: nothing is lost or run twice",
  on: ON_REDIS,

  async run(stage) {
    const { random } = stage;
    const redis = redisOf(stage);
    const work = { ...anyWorkLoad(random, { retries: 0 }), perSecond: 100 };
    await underLoad(stage, work, async () => {
      for (const [name, refusal] of Object.entries(REFUSALS).toSorted(() => random.next() - 0.5)) {
        await Bun.sleep(random.int(100, 400));
        stage.say(`Redis answers ${name}`);
        await refusal.begin(redis);
        await Bun.sleep(random.int(200, stage.span(700, 6_000)));
        await refusal.end(redis);
        await goesOn(stage);
      }
    });
    await stage.expectNoFailures();
  },
};

export default scenario;
