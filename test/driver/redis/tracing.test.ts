import { afterAll, beforeAll, expect, test } from "bun:test";
import { tracingChannel } from "node:diagnostics_channel";
import type { Driver } from "../../../src/driver/driver.ts";
import { redis } from "../../../src/driver/redis/redis.ts";
import { type TestRedis, startRedis } from "../../support/redis.ts";

let server: TestRedis;
let driver: Driver;

beforeAll(async () => {
  server = await startRedis();
  driver = await redis(server.url).open();
});

afterAll(async () => {
  await driver.close();
  await server.stop();
});

test("commands are described to those who trace them, and to nobody else", async () => {
  const commands = tracingChannel("ioredis:command");
  expect(commands.hasSubscribers).toBe(false);
  const described: unknown[] = [];
  const trace = (command: unknown): void => void described.push(command);
  commands.start.subscribe(trace);
  await driver.counts("queue");
  expect(commands.hasSubscribers).toBe(true);
  expect(described).toMatchObject([{ command: "EVALSHA" }, { command: "EVAL" }]);
  commands.start.unsubscribe(trace);
  expect(commands.hasSubscribers).toBe(false);
});
