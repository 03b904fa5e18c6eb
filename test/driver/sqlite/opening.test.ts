import { describe, expect, test } from "bun:test";
import { mkdir, stat, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { isSafeVersion } from "../../../src/driver/sqlite/engine.ts";
import { openStore } from "../../../src/driver/sqlite/open.ts";
import { sqlite } from "../../../src/driver/sqlite/sqlite.ts";
import { Folder, newJob, refusalOf } from "./folder.ts";

const PERMISSIONS = 0o777;

async function permissions(path: string): Promise<number> {
  return (await stat(path)).mode & PERMISSIONS;
}

describe("opening the file", () => {
  test("the label names the file by its absolute path", () => {
    expect(sqlite().label).toBe(`sqlite:${resolve("mpq.db")}`);
    expect(sqlite("/srv/jobs.db").label).toBe("sqlite:/srv/jobs.db");
  });

  test("the file, its log and the folders made for it are for their owner alone", async () => {
    await using folder = await Folder.make();
    const file = join(folder.path, "deep", "er", "mpq.db");
    const driver = await sqlite(file).open();
    expect(await permissions(file)).toBe(0o600);
    expect(await permissions(`${file}-wal`)).toBe(0o600);
    expect(await permissions(join(folder.path, "deep"))).toBe(0o700);
    await driver.close();
  });

  test("a folder that is there already keeps its mode", async () => {
    await using folder = await Folder.make();
    const there = join(folder.path, "there");
    await mkdir(there);
    const before = await permissions(there);
    await (await sqlite(join(there, "mpq.db")).open()).close();
    expect(await permissions(there)).toBe(before);
  });

  test("jobs are there again when the file is opened again", async () => {
    await using folder = await Folder.make();
    const first = await folder.driver();
    await first.push("q", [newJob("a")], { pusher: "p", number: 1 });
    await first.close();
    expect(await (await folder.driver()).get("q", "a")).toMatchObject({ id: "a", state: "ready" });
  });

  test("many may open a new file at once", async () => {
    await using folder = await Folder.make();
    const drivers = await Promise.all(Array.from({ length: 8 }, () => folder.driver()));
    await drivers[0]?.push("q", [newJob("a")], { pusher: "p", number: 1 });
    for (const driver of drivers) expect(await driver.queues()).toEqual(["q"]);
  });

  test("the journal is a write-ahead log, and full synchronisation is kept when asked for", async () => {
    await using folder = await Folder.make();
    for (const [synchronous, level] of [["normal", 1] as const, ["full", 2] as const]) {
      const store = await openStore(folder.file, { synchronous, patienceMs: 1_000 });
      expect(store.get<unknown>("PRAGMA journal_mode")).toEqual({ journal_mode: "wal" });
      expect(store.get<unknown>("PRAGMA synchronous")).toEqual({ synchronous: level });
      store.close();
    }
  });
});

describe("a file that is refused", () => {
  test("one that a later mpq wrote", async () => {
    await using folder = await Folder.make();
    const store = await folder.store();
    store.exec("PRAGMA user_version = 999");
    const refusal = await refusalOf(folder.store());
    expect(refusal).toMatchObject({ code: "STORE_REFUSED", message: expect.stringContaining("later mpq") });
  });

  test("the database of another program, which stays as it is", async () => {
    await using folder = await Folder.make();
    const other = new DatabaseSync(folder.file);
    other.exec("CREATE TABLE theirs (a)");
    const refusal = await refusalOf(folder.store());
    expect(refusal).toMatchObject({ code: "STORE_REFUSED", message: expect.stringContaining("another program") });
    expect(other.prepare("SELECT name FROM sqlite_schema").all()).toMatchObject([{ name: "theirs" }]);
    other.close();
  });

  test("one that is no database", async () => {
    await using folder = await Folder.make();
    await writeFile(folder.file, "dear diary, ".repeat(1_000));
    expect(await refusalOf(folder.store())).toMatchObject({ code: "STORE_REFUSED", cause: expect.any(Error) });
  });

  test("a folder, and a path through a file", async () => {
    await using folder = await Folder.make();
    await mkdir(folder.file);
    expect(await refusalOf(folder.store())).toMatchObject({ code: "STORE_REFUSED" });
    const inFile = sqlite(join(import.meta.path, "mpq.db"));
    expect(await refusalOf(inFile.open())).toMatchObject({ code: "STORE_REFUSED" });
  });

  test("one that was deleted while it was open", async () => {
    await using folder = await Folder.make();
    const driver = await folder.driver();
    await driver.push("q", [newJob("a")], { pusher: "p", number: 1 });
    await unlink(folder.file);
    let refusal: unknown;
    while (refusal === undefined) refusal = await refusalOf(driver.counts("q"));
    expect(refusal).toMatchObject({ code: "STORE_REFUSED", message: expect.stringContaining("deleted") });
  });
});

describe("releases of SQLite", () => {
  const versions: Readonly<Record<string, boolean>> = {
    "3.40.1": false,
    "3.44.5": false,
    "3.44.6": true,
    "3.45.0": false,
    "3.50.6": false,
    "3.50.7": true,
    "3.51.0": false,
    "3.51.2": false,
    "3.51.3": true,
    "3.54.1": true,
    "4.0.0": true,
    unknown: false,
  };
  for (const [version, isSafe] of Object.entries(versions)) {
    test(`${version} ${isSafe ? "is taken" : "is refused, because it may destroy the file"}`, () => {
      expect(isSafeVersion(version)).toBe(isSafe);
    });
  }
});
