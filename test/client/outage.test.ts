import { afterEach, beforeEach, expect, test } from "bun:test";
import type { Driver, NewJob, PushBatch } from "../../src/driver/driver.ts";
import { configure, MpqError, Queue } from "../../src/index.ts";
import { readyJobs, startRedisStore, type TestStore } from "./stores.ts";
import { until } from "../support/until.ts";
import { refusalOf } from "../support/refusal.ts";

/** What happens to a call of `push` on its way to the store and back. */
type Fate = "arrives" | "reply lost" | "never arrives" | "never answered";

/** The real driver behind a line that breaks: each call meets the next fate, and the last one stays. */
function behindBrokenLine(real: Driver, fates: Fate[]): { driver: Driver; batches: PushBatch[]; sizes: number[] } {
  const batches: PushBatch[] = [];
  const sizes: number[] = [];
  const push = async (queue: string, jobs: readonly NewJob[], batch: PushBatch): ReturnType<Driver["push"]> => {
    batches.push(batch);
    sizes.push(jobs.length);
    const fate = fates.length > 1 ? fates.shift() : fates[0];
    if (fate === "never answered") return new Promise(() => undefined);
    if (fate !== "never arrives") await real.push(queue, jobs, batch);
    if (fate !== "arrives") throw new MpqError("STORE_UNREACHABLE", "the line is broken");
    return { duplicates: [] };
  };
  const settings: Driver["settings"] = (queue) => real.settings(queue);
  const driver = { label: "a broken line", push, settings, close: async () => undefined };
  return { driver: driver as unknown as Driver, batches, sizes };
}

let store: TestStore;

beforeEach(async () => {
  store = await startRedisStore();
});

afterEach(async () => {
  await Queue.close();
  await store.end();
});

test("a batch whose reply was lost is sent again under its number, and makes each job once", async () => {
  const { driver, batches } = behindBrokenLine(store.driver, ["reply lost", "arrives"]);
  configure({ driver });
  const ids = await Promise.all([Queue.push("mail", "A"), Queue.push("mail", "B")]);
  expect((await readyJobs(store.driver, "mail")).map((job) => job.id)).toEqual(ids);
  expect(batches[1]).toEqual(batches[0] as PushBatch);
});

test("a push fails within its time while the store is away, and the next batch has a new number", async () => {
  const { driver, batches } = behindBrokenLine(store.driver, ["never arrives"]);
  configure({ driver, pushTimeout: 0.05 });
  const outcome = expect.stringMatching(/the queue mail for 0.05 s: whether it was stored is not known.*id one/);
  expect(await refusalOf(Queue.push("mail", "A", {}, { id: "one" }))).toMatchObject({
    code: "STORE_UNREACHABLE",
    message: outcome,
  });
  expect(await refusalOf(Queue.push("mail", "B"))).toMatchObject({ code: "STORE_UNREACHABLE" });
  const numbers = batches.map((batch) => batch.number);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers);
  expect(new Set(numbers).size).toBe(2);
  expect(new Set(batches.map((batch) => batch.pusher)).size).toBe(1);
});

test("a store that never answers holds up neither pushes nor close", async () => {
  const { driver, batches } = behindBrokenLine(store.driver, ["never answered"]);
  configure({ driver, pushTimeout: 0.05 });
  const first = refusalOf(Queue.push("mail", "A"));
  await until("the first batch is under way", () => (batches.length === 1 ? true : undefined));
  const second = refusalOf(Queue.push("mail", "B"));
  expect(await first).toMatchObject({ message: expect.stringContaining("not known") });
  expect(await second).toMatchObject({ message: expect.stringContaining("nothing of it was sent") });
  await Queue.close();
  expect(batches).toHaveLength(1);
});

test("what is pushed while a batch is under way makes up the next one, in the order of the calls", async () => {
  const { driver, sizes } = behindBrokenLine(store.driver, ["arrives"]);
  configure({ driver });
  await Queue.push("mail", "Warm");
  const first = Queue.push("mail", "First");
  await until("the first batch is under way", () => (sizes.length === 2 ? true : undefined));
  const ids = await Promise.all([first, ...Array.from({ length: 1_500 }, (_, n) => Queue.push("mail", `Job${n}`))]);
  expect((await readyJobs(store.driver, "mail")).slice(1).map((job) => job.id)).toEqual(ids);
  expect(sizes).toEqual([1, 1, 750, 375, 250, 125]);
});

test("jobs of many bytes are spread over batches", async () => {
  const { driver, sizes } = behindBrokenLine(store.driver, ["arrives"]);
  configure({ driver });
  const data = { text: "x".repeat(1_000_000) };
  await Queue.pushMany(
    "mail",
    Array.from({ length: 6 }, () => ({ job: "A", data })),
  );
  expect(sizes).toEqual([4, 2]);
});

test("the settings of a queue are read once, not with each push", async () => {
  const { driver } = behindBrokenLine(store.driver, ["arrives"]);
  let reads = 0;
  configure({ driver: { ...driver, settings: (queue) => (reads++, store.driver.settings(queue)) } });
  for (let n = 0; n < 5; n++) await Queue.push("mail", "A");
  expect(reads).toBe(1);
});

test("a store that cannot be opened yet is opened as soon as it can be", async () => {
  let tries = 0;
  const open = async (): Promise<Driver> => {
    if (++tries < 3) throw new MpqError("STORE_UNREACHABLE", "not yet");
    return store.source.open();
  };
  configure({ driver: { label: "late", open } });
  const id = await Queue.push("mail", "A");
  expect((await readyJobs(store.driver, "mail")).map((job) => job.id)).toEqual([id]);
});

test("a store that refuses is not asked again for the same push", async () => {
  let tries = 0;
  const open = async (): Promise<Driver> => {
    tries++;
    throw new MpqError("STORE_REFUSED", "wrong password");
  };
  configure({ driver: { label: "strict", open } });
  expect(await refusalOf(Queue.push("mail", "A"))).toMatchObject({ code: "STORE_REFUSED", message: "wrong password" });
  expect(tries).toBe(1);
});

test("configure after a push is refused until the store is closed", async () => {
  configure({ driver: store.source });
  await Queue.push("mail", "A");
  expect(() => configure({ driver: store.source })).toThrow("configure was called after a push");
  await Queue.close();
  configure({ driver: store.source });
});
