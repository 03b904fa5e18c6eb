import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Driver } from "../../../src/driver/driver.ts";
import { SCRIPTS } from "../../../src/driver/redis/scripts.ts";
import { redis } from "../../../src/driver/redis/redis.ts";
import { openEnvelope } from "../../../src/job/envelope.ts";
import { type RunPolicy, DEFAULT_POLICY } from "../../../src/job/retry.ts";
import { ROOT, code, page, table } from "../../support/markdown.ts";
import { freePort, startRedis, type TestRedis } from "../../support/redis.ts";
import { refusalOf } from "../../support/refusal.ts";
import { MODES } from "../contract.ts";

const port = freePort();
let server: TestRedis;
let driver: Driver;

beforeAll(async () => {
  server = await startRedis({ port: String(port) });
  driver = await redis(server.url).open();
});

afterAll(async () => {
  await driver.close();
  await server.stop();
});

const POLICY: RunPolicy = {
  timeoutMs: 7_000,
  retries: 5,
  retryDelay: { type: "exponential", baseMs: 500, maxMs: 60_000, jitter: 0.25 },
  retryOnTimeout: true,
};

async function registered(queue: string, policy: RunPolicy = POLICY, mode = MODES[0] ?? "distribute"): Promise<string> {
  await driver.register(queue, { mode, policy, maxSize: 100, keepFailed: 10 });
  return queue;
}

/** What docs/other-languages.md says, step by step, with a plain client. */
async function push(
  queue: string,
  ...args: [id: string, name: string, data: string, options: string]
): Promise<unknown> {
  const [digest, keys] = await server.admin.hmget("mpq:push", "digest", "keys");
  if (typeof digest !== "string" || typeof keys !== "string") throw new Error("no service has run on this Redis yet");
  const tag = queue.replaceAll("%", "%25").replaceAll("}", "%7D");
  const all = keys.replaceAll("*", tag).split("\n");
  try {
    return await server.admin.evalsha(digest, all.length, ...all, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return await server.admin.eval((await server.admin.hget("mpq:push", "script")) ?? "", all.length, ...all, ...args);
  }
}

test("docs/other-languages.md has a row for every field and every argument", async () => {
  await registered("any");
  const rows = (head: string): string[] =>
    table(page("docs/other-languages.md"), head).map(([first = ""]) => code(first)[0] ?? "");
  expect(rows("Field").toSorted()).toEqual((await server.admin.hkeys("mpq:push")).toSorted());
  expect(rows("Argument")).toEqual([...SCRIPTS.foreign.args]);
});

describe.each(MODES)("a job that a program in another language pushes, in %s mode,", (mode) => {
  test("is like one that mpq pushed, and the queue's settings say what it leaves open", async () => {
    const queue = await registered(`plain {%} ${mode}`, POLICY, mode);
    await push(queue, "own-id", 'Send "Mail" ü', '{"to":"ada@example.com","n":[1,{"é":null}]}', "");
    const { taken } = await driver.exchange(queue, { owner: "o" }, { settle: [], take: 2, leaseMs: 60_000 });
    expect(taken.map(({ id }) => id)).toEqual(["own-id"]);
    expect(openEnvelope(taken[0]?.envelope ?? "")).toEqual({
      name: 'Send "Mail" ü',
      data: { to: "ada@example.com", n: [1, { é: null }] },
      policy: POLICY,
    });
    expect(await driver.counts(queue)).toMatchObject({ pushed: 1, active: 1 });
  });

  test("has the options that it was given", async () => {
    const queue = await registered(`options ${mode}`, DEFAULT_POLICY, mode);
    await push(
      queue,
      "now",
      "a",
      "",
      '{"timeout":0,"retries":0,"retryDelay":0.0001,"retryOnTimeout":true,"priority":null}',
    );
    await push(queue, "first", "a", "", '{"priority":"high","timeout":1.5}');
    await push(queue, "later", "a", "", '{"delay":3600}');
    const { taken, nextDueMs } = await driver.exchange(queue, { owner: "o" }, { settle: [], take: 3, leaseMs: 60_000 });
    expect(taken.map(({ id }) => id)).toEqual(["first", "now"]);
    const [first, now] = taken.map(({ envelope }) => openEnvelope(envelope));
    expect(first).toEqual({ name: "a", data: undefined, policy: { ...DEFAULT_POLICY, timeoutMs: 1_500 } });
    expect(now?.policy).toEqual({ timeoutMs: 0, retries: 0, retryDelay: 1, retryOnTimeout: true });
    expect(nextDueMs).toBeGreaterThan(3_590_000);
  });

  test("is made once, however often it is pushed", async () => {
    const queue = await registered(`once ${mode}`, DEFAULT_POLICY, mode);
    for (const id of ["a", "a", "b", "a"]) await push(queue, id, "job", "", "");
    expect(await driver.counts(queue)).toMatchObject({ pushed: 2, ready: 2 });
  });
});

describe("refused is", () => {
  test.each([
    ["a queue that no service serves", "nobody", ["a", "job", "", ""], "QUEUE_UNKNOWN"],
    ["data that is no JSON", "", ["a", "job", "{", ""], "DATA_NOT_JSON"],
    ["data that is no object", "", ["a", "job", "[1]", ""], "DATA_NOT_JSON"],
    ["data over the queue's bound", "", ["a", "job", `{"a":"${"x".repeat(100)}"}`, ""], "DATA_TOO_LARGE"],
    ["an id with a space", "", ["a b", "job", "", ""], "USAGE"],
    ["an id that is too long", "", ["a".repeat(65), "job", "", ""], "USAGE"],
    ["a job without a name", "", ["a", "", "", ""], "USAGE"],
    ["options that are no object", "", ["a", "job", "", "[]"], "USAGE"],
    ["a delay that is no number", "", ["a", "job", "", '{"delay":"10"}'], "USAGE delay"],
    ["a negative timeout", "", ["a", "job", "", '{"timeout":-1}'], "USAGE timeout"],
    ["a priority that there is not", "", ["a", "job", "", '{"priority":"urgent"}'], "USAGE priority"],
  ] as const)("%s", async (_, name, args, message) => {
    const queue = name === "" ? await registered("refusing") : name;
    const before = await server.admin.hgetall("mpq:{refusing}:meta");
    const refusal = await refusalOf(push(queue, ...(args as [string, string, string, string])));
    expect(String(refusal)).toStartWith(`ReplyError: ${message}`);
    expect(await server.admin.hgetall("mpq:{refusing}:meta")).toEqual(before);
    expect(await driver.queues()).not.toContain("nobody");
  });
});

test("examples/php pushes from PHP", async () => {
  const queue = await registered("examples");
  const child = Bun.spawn(["php", join(ROOT, "examples/php/push.php"), "127.0.0.1", String(port)], {
    stderr: "inherit",
  });
  const ids = (await child.stdout.text()).trimEnd().split("\n");
  expect(await child.exited).toBe(0);
  const jobs = await Promise.all(ids.map((id) => driver.get(queue, id)));
  const opened = jobs.map((job) => [job?.state, openEnvelope(job?.envelope ?? "")] as const);
  expect(opened.map(([state, { name, data }]) => [state, name, data])).toEqual([
    ["delayed", "Normal", { seconds: 20 }],
    ["ready", "Failing", undefined],
    ["ready", "Endless", undefined],
    ["ready", "Pressure", { jobs: 5_000 }],
  ]);
  expect(opened[2]?.[1].policy).toEqual({ ...POLICY, timeoutMs: 2_000 });
});
