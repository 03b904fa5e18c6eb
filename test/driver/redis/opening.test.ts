import { describe, expect, test } from "bun:test";
import { tracingChannel } from "node:diagnostics_channel";
import { redis } from "../../../src/driver/redis/redis.ts";
import { type TestRedis, startRedis } from "../../support/redis.ts";

const PATIENCE_MS = 20_000;
const SECRET = "s3cret-word";

describe("opening a Redis", () => {
  for (const policy of ["allkeys-lru", "allkeys-random"]) {
    test(`that may drop jobs (${policy}) is refused, with what to set`, async () => {
      await using server = await running({ "maxmemory-policy": policy });
      const refusal = await refusalOf(redis(server.url).open());
      expect(refusal).toMatchObject({ code: "STORE_REFUSED" });
      expect(refusal.message).toContain(`maxmemory-policy is ${policy}, expected noeviction`);
    });
  }

  test("that is older than 6.2 is refused, with both versions", async () => {
    // What such a server answers to INFO; more it is not asked.
    const info = "redis_version:6.0.16\r\n";
    const answer = `$${info.length}\r\n${info}\r\n`;
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.write(answer) },
    });
    try {
      const refusal = await refusalOf(redis(`redis://127.0.0.1:${server.port}`).open());
      expect(refusal).toMatchObject({ code: "STORE_REFUSED" });
      expect(refusal.message).toEndWith(" is Redis 6.0; mpq needs 6.2 or later");
    } finally {
      server.stop(true);
    }
  });

  test("with a wrong password or none is refused, and no message shows a password", async () => {
    await using server = await running({ requirepass: "right" });
    const address = server.url.replace("://", `://:${SECRET}@`);
    for (const options of [address, { url: server.url, password: SECRET }, server.url]) {
      const refusal = await refusalOf(redis(options).open());
      expect(refusal).toMatchObject({ code: "STORE_REFUSED" });
      expect(Bun.inspect(refusal)).not.toContain(SECRET);
    }
    const driver = await redis(server.url.replace("://", "://:right@")).open();
    expect(driver.label).toBe(server.url);
    await driver.close();
  });

  test("as a user without the rights that mpq needs is refused, naming them", async () => {
    await using server = await running();
    await server.admin.call("ACL", "SETUSER", "weak", "on", ">word", "+info", "~none");
    const driver = await redis({ url: server.url, username: "weak", password: "word" }).open();
    const refusal = await refusalOf(driver.queues());
    expect(refusal).toMatchObject({ code: "STORE_REFUSED" });
    expect(refusal.message).toContain("give the user the rights to all keys that begin with mpq:");
    await driver.close();
  });

  test(
    "that is not there ends in time, with what to check",
    async () => {
      const refusal = await refusalOf(redis("redis+unix:///nowhere/redis.sock").open());
      expect(refusal).toMatchObject({ code: "STORE_UNREACHABLE" });
      expect(refusal.message).toContain("redis+unix:///nowhere/redis.sock did not answer INFO");
      expect(refusal.message).toContain("check that the server runs");
    },
    PATIENCE_MS,
  );
});

test("an idle queue costs far less than one command a second", async () => {
  await using server = await running();
  const driver = await redis(server.url).open();
  const taker = { owner: "owner" };
  await driver.exchange("idle", taker, { settle: [], take: 1, leaseMs: 60_000 });
  await server.admin.config("RESETSTAT");
  for (let waits = 0; waits < 3; waits++) {
    await driver.wait("idle", taker, 500, new AbortController().signal);
  }
  const stats = await server.admin.info("commandstats");
  const calls = [...stats.matchAll(/^cmdstat_(?!config|info)[^:]+:calls=(\d+)/gm)].map(([, count]) => Number(count));
  expect(calls.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(1);
  await driver.close();
});

test("commands are described to those who trace them, and to nobody else", async () => {
  await using server = await running();
  const driver = await redis(server.url).open();
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
  await driver.close();
});

async function running(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis & AsyncDisposable> {
  const server = await startRedis(settings);
  return { ...server, [Symbol.asyncDispose]: () => server.stop() };
}

async function refusalOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it was not refused");
}
