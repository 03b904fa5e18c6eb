import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Driver, ExchangeReply, Settlement } from "../../../src/driver/driver.ts";
import { sqlite } from "../../../src/driver/sqlite/sqlite.ts";
import { encodeEnvelope } from "../../../src/job/envelope.ts";
import { DEFAULT_POLICY } from "../../../src/job/retry.ts";
import { hostClock } from "../../../src/process/clock.ts";
import { LostHosts } from "../../../src/process/master/lost-hosts.ts";
import { until } from "../../support/until.ts";

const QUEUE = "q";
const OTHER = { owner: "other.1." };

let folder: string;
let store: Driver;
let lostHosts: LostHosts;
let looks = 0;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "mpq-hosts-"));
  store = await sqlite(join(folder, "mpq.db")).open();
  looks = 0;
  const place = { clock: hostClock, store: watched(store), queue: QUEUE, owner: "self.1." };
  lostHosts = new LostHosts({ ...place, onFault: (error) => Promise.reject(error) });
  const envelope = encodeEnvelope({ name: "job", policy: DEFAULT_POLICY });
  const job = { id: "a", envelope, delayMs: 0, priority: "normal" as const };
  await store.push(QUEUE, [job], { pusher: "test", number: 1 });
});

afterEach(async () => {
  lostHosts.stop();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** The real store, with a count of how often somebody looked for owners. */
function watched(real: Driver): Driver {
  const owners: Driver["owners"] = async (queue) => {
    const leases = await real.owners(queue);
    looks++;
    return leases;
  };
  return new Proxy(real, {
    get: (target, name) => {
      const value: unknown = name === "owners" ? owners : Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

async function exchange(take: number, leaseMs: number, ...settle: readonly Settlement[]): Promise<ExchangeReply> {
  return await store.exchange(QUEUE, OTHER, { settle, take, leaseMs });
}

/** Takes the job, and lets the lease end. */
async function takeAndFallSilent(): Promise<Settlement> {
  const { taken } = await exchange(1, 1);
  await until("the lease has ended", async () => (await store.owners(QUEUE)).every(({ endsInMs }) => endsInMs < 0));
  const { id = "", token = "" } = taken[0] ?? {};
  return { id, token, kind: "done" };
}

test("an owner that stays silent after its lease has ended loses its jobs", async () => {
  await takeAndFallSilent();
  lostHosts.start();
  await until("the job is ready again", async () => (await store.counts(QUEUE)).ready === 1);
});

test("an owner whose lease ended because nobody could reach the store keeps its jobs, for it renews it first", async () => {
  const settlement = await takeAndFallSilent();
  lostHosts.start();
  await until("somebody has seen that the lease has ended", () => looks > 0);
  await exchange(0, 60_000);
  await until("somebody has looked again", () => looks > 1);
  expect(await exchange(0, 60_000, settlement)).toMatchObject({ lost: [] });
});
