import { describe, expect, test } from "bun:test";
import type { Driver } from "../../../src/driver/driver.ts";
import { newJob } from "./queue.ts";
import type { World } from "./world.ts";

export function describeClosing(world: World): void {
  const signal = new AbortController().signal;
  const taker = world.taker("owner");
  const holder = { incarnation: "i", host: "h", pid: 1, machine: "m", processStart: "p" };
  const calls: Readonly<Record<Exclude<keyof Driver, "label" | "close">, (driver: Driver) => Promise<unknown>>> = {
    push: (driver) => driver.push("q", [newJob("a")], { pusher: "p", number: 1 }),
    settings: (driver) => driver.settings("q"),
    register: (driver) => driver.register("q", world.settings()),
    exchange: (driver) => driver.exchange("q", taker, { settle: [], take: 1, leaseMs: 1 }),
    wait: (driver) => driver.wait("q", taker, 1_000, signal),
    owners: (driver) => driver.owners("q"),
    recover: (driver) => driver.recover("q", taker, { as: "untouched" }),
    get: (driver) => driver.get("q", "a"),
    claimService: (driver) => driver.claimService("s", holder, 1_000),
    holderOf: (driver) => driver.holderOf("s"),
    checkup: (driver) => driver.checkup(),
    releaseService: (driver) => driver.releaseService("s", "i"),
    queues: (driver) => driver.queues(),
    counts: (driver) => driver.counts("q"),
    list: (driver) => driver.list("q", "ready", 1),
    retry: (driver) => driver.retry("q", ["a"]),
    remove: (driver) => driver.remove("q", ["a"]),
    clean: (driver) => driver.clean("q", 1),
    pause: (driver) => driver.pause("q", "paused"),
  };

  describe("a closed driver", () => {
    for (const [method, call] of Object.entries(calls)) {
      test(`refuses ${method}`, async () => {
        const driver = await world.connect();
        await driver.close();
        expect(await refusalOf(call(driver))).toMatchObject({ name: "MpqError", code: "STORE_CLOSED" });
      });
    }

    test("may be closed again, and the store stays open for others", async () => {
      const driver = await world.connect();
      await Promise.all([driver.close(), driver.close()]);
      await driver.close();
      const queue = await world.queue();
      await queue.push("a");
      expect(await queue.takeIds(1)).toEqual(["a"]);
    });

    test("ends the waits that ran", async () => {
      const driver = await world.connect();
      const queue = (await world.queue()).through(driver);
      await queue.exchange(1);
      const refusal = refusalOf(driver.wait(queue.name, queue.taker, 600_000, signal));
      await driver.close();
      expect(await refusal).toMatchObject({ code: "STORE_CLOSED" });
    });
  });
}

/** What the promise was rejected with, or undefined when it was not. */
function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
