import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DriverOpener } from "../../src/config/config.ts";
import type { Driver, StoredJob } from "../../src/driver/driver.ts";
import { redis } from "../../src/driver/redis/redis.ts";
import { sqlite } from "../../src/driver/sqlite/sqlite.ts";
import { openEnvelope, type OpenedEnvelope } from "../../src/job/envelope.ts";
import { startRedis } from "../support/redis.ts";

/** An empty store, and a driver of its own to see what arrived in it. */
export interface TestStore {
  readonly source: DriverOpener;
  readonly driver: Driver;
  end(): Promise<void>;
}

export const STORES: readonly (readonly [string, () => Promise<TestStore>])[] = [
  ["SQLite", startSqliteStore],
  ["Redis", startRedisStore],
];

async function startSqliteStore(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), "mpq-client-"));
  const source = sqlite(join(folder, "mpq.db"));
  return storeOf(source, () => rm(folder, { recursive: true, force: true }));
}

export async function startRedisStore(): Promise<TestStore> {
  const server = await startRedis();
  return storeOf(redis(server.url), () => server.stop());
}

async function storeOf(source: DriverOpener, remove: () => Promise<void>): Promise<TestStore> {
  const driver = await source.open();
  const end = async (): Promise<void> => {
    await driver.close();
    await remove();
  };
  return { source, driver, end };
}

/** The jobs of a queue that are ready, oldest first, with their envelopes opened. */
export async function readyJobs(driver: Driver, queue: string): Promise<(OpenedEnvelope & { id: string })[]> {
  const jobs: StoredJob[] = [];
  let cursor: string | undefined;
  do {
    const page = await driver.list(queue, "ready", 1000, cursor);
    jobs.push(...page.jobs);
    cursor = page.next;
  } while (cursor !== undefined);
  return jobs.map(({ id, envelope }) => ({ id, ...openEnvelope(envelope) }));
}
