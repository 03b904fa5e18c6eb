import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driverFromUrl } from "../../src/driver/open.ts";
import type { Finding } from "../../src/driver/checkup.ts";
import { findingsOf } from "../../src/driver/redis/checkup.ts";
import { fileSystemFinding, logFinding } from "../../src/driver/sqlite/checkup.ts";
import { type TestRedis, startRedis } from "../support/redis.ts";

const ends: (() => unknown)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
});

/** The findings of the store behind a URL, by what was looked at. */
async function checkup(url: string): Promise<Record<string, Finding>> {
  const store = await driverFromUrl(url).open();
  try {
    return byCheck(await store.checkup());
  } finally {
    await store.close();
  }
}

function byCheck(findings: readonly Finding[]): Record<string, Finding> {
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]));
}

async function server(settings: Readonly<Record<string, string>>): Promise<TestRedis> {
  const redis = await startRedis(settings);
  ends.push(() => redis.stop());
  return redis;
}

describe("a Redis", () => {
  test("that keeps everything is well", async () => {
    const { url } = await server({ appendonly: "yes" });
    expect(await checkup(url)).toEqual({
      server: { check: "server", level: "ok", message: expect.stringMatching(/^(Redis|Valkey) \d+\.\d+/) },
      eviction: { check: "eviction", level: "ok", message: "maxmemory-policy is noeviction" },
      memory: { check: "memory", level: "ok", message: expect.stringMatching(/^\d+ MB used, without a limit$/) },
      persistence: { check: "persistence", level: "ok", message: "appendonly is yes" },
      clock: { check: "clock", level: "ok", message: "the server's is the same as this host's" },
    });
  });

  test.each([
    [{ "maxmemory-policy": "volatile-lru" }, "eviction", /^maxmemory-policy is volatile-lru: .* expected noeviction$/],
    [{ save: "" }, "persistence", /^is off: when the server ends, every job is lost; set appendonly to yes$/],
    [{ save: "3600 1" }, "persistence", /^is by snapshots: .* set appendonly to yes$/],
    [{ maxmemory: "1mb" }, "memory", /^\d+ MB of 1 MB used; .* raise maxmemory$/],
  ])("with %j raises a warning", async (settings, check, message) => {
    const { url } = await server(settings as Record<string, string>);
    expect(await checkup(url)).toMatchObject({ [check]: { level: "warn", message: expect.stringMatching(message) } });
  });

  test("whose configuration this user may not read is judged by what is left", async () => {
    const { url, admin } = await server({});
    await admin.call("ACL", "SETUSER", "default", "-config");
    const { persistence } = await checkup(url);
    expect(persistence).toMatchObject({ level: "warn", message: expect.stringContaining("by snapshots, if at all") });
  });

  test("that cannot write to its disk, or is a replica, does not do", () => {
    const info = "redis_version:7.0.15\r\nrole:slave\r\nrdb_last_bgsave_status:err\r\n";
    const findings = byCheck(findingsOf({ info, save: "3600 1", clockAheadMs: 0 }));
    expect(findings).toMatchObject({
      server: { level: "fail", message: expect.stringContaining("use its primary") },
      persistence: { level: "fail", message: expect.stringContaining("rdb_last_bgsave_status") },
    });
  });

  test.each([
    [90_000, "the server's is 90 s ahead of this host's"],
    [-3_000, "the server's is 3 s behind this host's"],
  ])("whose clock is %d ms ahead raises a warning", (clockAheadMs, message) => {
    const { clock } = byCheck(findingsOf({ info: "", save: "", clockAheadMs }));
    expect(clock).toMatchObject({ level: "warn", message: expect.stringContaining(message) });
  });
});

describe("a SQLite file", () => {
  const folder = mkdtempSync(join(tmpdir(), "mpq-checkup-"));
  ends.push(() => rmSync(folder, { recursive: true }));

  test("that mpq made is for its owner alone, and its engine is told", async () => {
    const {
      server: engine,
      "file log": log,
      disk,
      "file mode": mode,
    } = await checkup(`sqlite:${join(folder, "own.db")}`);
    expect([engine, log, disk, mode]).toEqual([
      { check: "server", level: "ok", message: expect.stringMatching(/^SQLite 3\.\d+\.\d+$/) },
      { check: "file log", level: "ok", message: expect.stringMatching(/^the write-ahead log takes \d+ MB$/) },
      { check: "disk", level: "ok", message: expect.stringMatching(/^\d+ MB free$/) },
      { check: "file mode", level: "ok", message: "the file has 0600" },
    ]);
  });

  test("that others can read raises a warning", async () => {
    const file = join(folder, "open.db");
    await checkup(`sqlite:${file}`);
    chmodSync(file, 0o644);
    const { "file mode": mode } = await checkup(`sqlite:${file}`);
    expect(mode).toMatchObject({
      level: "warn",
      message: "the file has 0644: others can reach the jobs; expected 0600",
    });
  });

  test.each([
    [0x6969, "fail", "on NFS"],
    [0xff534d42 | 0, "fail", "on SMB"],
    [0x65735546, "warn", "on FUSE"],
    [0x01021994, "warn", "in memory (tmpfs)"],
    [0xef53, "ok", "on a local disk"],
  ])("on the file system %d: %s", (type, level, words) => {
    expect(fileSystemFinding(type)).toMatchObject({ level, message: expect.stringContaining(words) });
  });

  test("whose log grows without an end raises a warning", () => {
    expect(logFinding(300 * 1024 ** 2)).toMatchObject({ level: "warn" });
  });
});
