/**
 * Each driver beside a model of a queue that is plain enough to be believed (`queue.ts`): any sequence of calls must be
 * answered alike by both. A failure prints the shortest sequence that was found, and a seed.
 *
 *     MPQ_MODEL_RUNS=5000 bun test test/model/drivers.test.ts     more sequences than the suite has time for
 *     MPQ_MODEL_SEED=123 bun test test/model/drivers.test.ts      the same sequences again
 */
import { afterAll, beforeAll, describe, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Mode } from "../../src/job/state.ts";
import { redis } from "../../src/driver/redis/redis.ts";
import { SCRIPTS } from "../../src/driver/redis/scripts.ts";
import { sqlite } from "../../src/driver/sqlite/sqlite.ts";
import { startCutting } from "../support/cutting.ts";
import { startRedis } from "../support/redis.ts";
import { MODES } from "../driver/contract.ts";
import { type Cuttable, Pair, type RealStore } from "./pair.ts";
import { POOL, STEPS } from "./steps.ts";

const RUNS = Number(process.env["MPQ_MODEL_RUNS"] ?? 200);
const SEED = Number(process.env["MPQ_MODEL_SEED"] ?? Math.trunc(Math.random() * 2 ** 31));
const MOST_STEPS = 60;
/** Runs take milliseconds, but a hunt may be as long as its hunter likes. */
const PATIENCE_MS = 30_000 + RUNS * 200;

interface Opened extends RealStore {
  end(): Promise<void>;
}

const STORES: Readonly<Record<"sqlite" | "redis", () => Promise<Opened>>> = {
  sqlite: async () => {
    const folder = mkdtempSync(join(tmpdir(), "mpq-model-"));
    const opener = sqlite(join(folder, "mpq.db"));
    const connections = [await opener.open(), await opener.open()] as const;
    const end = async (): Promise<void> => {
      for (const driver of connections) await driver.close();
      rmSync(folder, { recursive: true });
    };
    return { connections, end };
  },
  redis: async () => {
    const server = await startRedis();
    const proxy = startCutting(server.socket);
    const connections = [await redis(proxy.url).open(), await redis(server.url).open()] as const;
    const end = async (): Promise<void> => {
      for (const driver of connections) await driver.close();
      proxy.stop();
      await server.stop();
    };
    const cutReplyTo = (call: Cuttable): void => void proxy.cutReplyTo(SCRIPTS[call].digest);
    return { connections, cutReplyTo, spare: () => proxy.spare(), end };
  },
};

for (const [store, open] of Object.entries(STORES)) for (const mode of MODES) describeStore(store, open, mode);

function describeStore(store: string, open: () => Promise<Opened>, mode: Mode): void {
  describe(`${store}, at first in ${mode} mode`, () => {
    let real: Opened;
    beforeAll(async () => {
      real = await open();
    });
    afterAll(() => real.end());

    test(
      "answers any sequence of calls as the model does",
      async () => {
        const property = fc.asyncProperty(
          fc.commands(STEPS, { maxCommands: MOST_STEPS, size: "max" }),
          async (steps) => {
            const pair = new Pair(real);
            await pair.register(mode, 1_000);
            await fc.asyncModelRun(() => ({ model: pair, real: undefined }), steps);
            await pair.compareAll(POOL);
          },
        );
        await fc.assert(property, { numRuns: RUNS, seed: SEED });
      },
      PATIENCE_MS,
    );
  });
}
