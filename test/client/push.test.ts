import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { configure, Job, Queue } from "../../src/index.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";
import { readyJobs, STORES, type TestStore } from "./stores.ts";
import { refusalOf } from "../support/refusal.ts";

class SendMail extends Job<{ to: string }> {
  static override timeout = 10;
  static override retries = 4;
  override handle(): void {}
}

class Renamed extends SendMail {
  static override jobName = "mail.send";
}

class Reports {
  static build(_data: { day: string }): void {}
}

function sendDigest(_data: { day: string }): void {}

const to = { to: "a@example.com" };
const settings = { mode: "distribute", policy: DEFAULT_POLICY, maxSize: 1024 * 1024, keepFailed: 10 } as const;

describe.each(STORES)("pushing to %s", (_, start) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await start();
  });
  afterEach(() => Queue.close());
  afterAll(() => store.end());

  test("every kind of job arrives under its name, in the order of the calls", async () => {
    configure({ driver: store.source });
    const ids = await Promise.all([
      Queue.push("kinds", SendMail, to),
      Queue.push("kinds", Renamed, to),
      Queue.push("kinds", new SendMail(to)),
      Queue.push("kinds", "SendMail", to),
      Queue.push("kinds", sendDigest, { day: "2026-01-01" }),
      Queue.push("kinds", [Reports, "build"], { day: "2026-01-01" }),
      Queue.push("kinds", "Reports.build"),
    ]);
    const jobs = await readyJobs(store.driver, "kinds");
    expect(jobs.map((job) => job.id)).toEqual(ids);
    expect(jobs.map(({ name, data }) => [name, data])).toEqual([
      ["SendMail", to],
      ["mail.send", to],
      ["SendMail", to],
      ["SendMail", to],
      ["sendDigest", { day: "2026-01-01" }],
      ["Reports.build", { day: "2026-01-01" }],
      ["Reports.build", undefined],
    ]);
  });

  test("a number in third place is the delay, to the millisecond", async () => {
    configure({ driver: store.source });
    await Queue.push("delays", "Sweep", 3600);
    await Queue.push("delays", new SendMail(to), 3600);
    await Queue.push("delays", SendMail, to, { delay: 3600.5 });
    const { jobs } = await store.driver.list("delays", "delayed", 10);
    expect(jobs.map(({ dueInMs = 0 }) => Math.ceil(dueInMs / 60_000))).toEqual([60, 60, 61]);
  });

  test("an id of the pusher's own makes one job, however often it is pushed", async () => {
    configure({ driver: store.source });
    const ids = [
      await Queue.push("ids", SendMail, to, { id: "one" }),
      await Queue.push("ids", "Other", undefined, { id: "one" }),
    ];
    expect(ids).toEqual(["one", "one"]);
    expect((await readyJobs(store.driver, "ids")).map((job) => job.name)).toEqual(["SendMail"]);
  });

  test("what the push says stands over the class, the pusher, the service and the defaults, in this order", async () => {
    await store.driver.register("layers", {
      ...settings,
      policy: { timeoutMs: 1, retries: 1, retryDelay: 1, retryOnTimeout: true },
    });
    configure({ driver: store.source, queues: { layers: { timeout: 2, retries: 2, retryDelay: 2 } } });
    await Queue.push("layers", "ByName");
    await Queue.push("layers", SendMail, to);
    const backoff = { type: "exponential", base: 0.5, jitter: 1 } as const;
    await Queue.push("layers", SendMail, to, { timeout: 0, retryDelay: backoff, retryOnTimeout: false });
    await Queue.push("elsewhere", "ByName");
    const policies = (await readyJobs(store.driver, "layers")).map((job) => job.policy);
    expect(policies).toEqual([
      { timeoutMs: 2_000, retries: 2, retryDelay: 2_000, retryOnTimeout: true },
      { timeoutMs: 10_000, retries: 4, retryDelay: 2_000, retryOnTimeout: true },
      {
        timeoutMs: 0,
        retries: 4,
        retryDelay: { type: "exponential", baseMs: 500, maxMs: 3_600_000, jitter: 1 },
        retryOnTimeout: false,
      },
    ]);
    expect((await readyJobs(store.driver, "elsewhere")).map((job) => job.policy)).toEqual([DEFAULT_POLICY]);
  });

  test("data larger than the queue takes is refused with both numbers, and nothing of the call is stored", async () => {
    await store.driver.register("small", { ...settings, maxSize: 40 });
    configure({ driver: store.source });
    const large = { job: "A", data: { text: "é".repeat(20) } };
    const push = Queue.pushMany("small", [{ job: "A", data: { n: 1 } }, large]);
    expect(await refusalOf(push)).toMatchObject({
      code: "DATA_TOO_LARGE",
      message: expect.stringMatching(/51 bytes.* 40/),
    });
    expect(await readyJobs(store.driver, "small")).toEqual([]);
  });

  test("many jobs are stored in order, with their ids in the same order", async () => {
    configure({ driver: store.source });
    const items = Array.from({ length: 2_500 }, (_, n) => ({ job: "Count", data: { n } }));
    const ids = await Queue.pushMany("many", items);
    const jobs = await readyJobs(store.driver, "many");
    expect(jobs.map((job) => job.id)).toEqual(ids);
    expect(jobs.map((job) => job.data?.["n"])).toEqual(items.map((item) => item.data.n));
    expect(await Queue.pushMany("many", [])).toEqual([]);
  });

  test("close sends what was pushed, and a later push opens the store again", async () => {
    configure({ driver: store.source });
    const pushes = Array.from({ length: 100 }, () => Queue.push("closing", "A"));
    await Queue.close();
    expect(await readyJobs(store.driver, "closing")).toHaveLength(100);
    await Promise.all(pushes);
    await Queue.push("closing", "B");
    expect(await readyJobs(store.driver, "closing")).toHaveLength(101);
    await Queue.close();
    await Queue.close();
  });

  test("the data is what it was when it was pushed", async () => {
    configure({ driver: store.source });
    const data = { n: 1 };
    const push = Queue.push("then", "A", data);
    data.n = 2;
    await push;
    expect((await readyJobs(store.driver, "then"))[0]?.data).toEqual({ n: 1 });
  });
});
