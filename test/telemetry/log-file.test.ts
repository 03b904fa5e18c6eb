import { afterEach, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LogFile } from "../../src/telemetry/log-file.ts";

const SECONDS_OF_A_DAY = 86_400;
const MEGABYTE = 1024 * 1024;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mpq-log-"));
  folders.push(folder);
  return folder;
}

/** A file that is collected while it is open is an error of the runtime. */
const opened: LogFile[] = [];

function open(folder: string, rules: ConstructorParameters<typeof LogFile>[2]): LogFile {
  const log = new LogFile(folder, "shop", rules);
  opened.push(log);
  return log;
}

/** Writes a log file as a service left it that ended so many days ago. */
function left(folder: string, name: string, days: number): void {
  const file = join(folder, name);
  writeFileSync(file, `${name}, ${days} days ago\n`);
  const at = Date.now() / 1000 - days * SECONDS_OF_A_DAY;
  utimesSync(file, at, at);
}

function textOf(folder: string, name: string): string | undefined {
  const file = join(folder, name);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

describe("a log file that was last written before today", () => {
  test("is set aside when a service opens it, and the oldest one removed", async () => {
    const folder = newFolder();
    left(folder, "shop.log", 1);
    left(folder, "shop.log.1", 2);
    left(folder, "shop.log.2", 3);
    await open(folder, { maxSizeBytes: MEGABYTE, maxFiles: 2 }).write(["today\n"]);
    expect(textOf(folder, "shop.log")).toBe("today\n");
    expect(statSync(join(folder, "shop.log")).mode & 0o777).toBe(0o600);
    expect(textOf(folder, "shop.log.1")).toBe("shop.log, 1 days ago\n");
    expect(textOf(folder, "shop.log.2")).toBe("shop.log.1, 2 days ago\n");
    expect(textOf(folder, "shop.log.3")).toBeUndefined();
  });

  test("is gone on in with maxFiles: 0, since mpq rotates nothing then", async () => {
    const folder = newFolder();
    left(folder, "shop.log", 1);
    await open(folder, { maxSizeBytes: 1, maxFiles: 0 }).write(["today\n"]);
    expect(textOf(folder, "shop.log")).toBe("shop.log, 1 days ago\ntoday\n");
    expect(textOf(folder, "shop.log.1")).toBeUndefined();
  });

  test("and that cannot be set aside refuses what is written until it can", async () => {
    const folder = newFolder();
    left(folder, "shop.log", 1);
    const inTheWay = join(folder, "shop.log.1");
    mkdirSync(inTheWay);
    const log = open(folder, { maxSizeBytes: MEGABYTE, maxFiles: 1 });
    const failure: unknown = await log.write(["lost\n"]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    rmSync(inTheWay, { recursive: true });
    await log.write(["today\n"]);
    expect(textOf(folder, "shop.log")).toBe("today\n");
    expect(textOf(folder, "shop.log.1")).toBe("shop.log, 1 days ago\n");
  });
});

test("a log file of today is gone on in, and set aside when it is full", async () => {
  const folder = newFolder();
  left(folder, "shop.log", 0);
  const log = open(folder, { maxSizeBytes: 30, maxFiles: 1 });
  await log.write(["1234\n"]);
  expect(textOf(folder, "shop.log")).toBe("shop.log, 0 days ago\n1234\n");
  await log.write(["5678\n"]);
  await log.write(["new\n"]);
  expect(textOf(folder, "shop.log.1")).toBe("shop.log, 0 days ago\n1234\n5678\n");
  expect(textOf(folder, "shop.log")).toBe("new\n");
});
