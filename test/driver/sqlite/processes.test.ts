import { describe, expect, test } from "bun:test";
import { rm } from "node:fs/promises";
import { SqliteDriver } from "../../../src/driver/sqlite/driver.ts";
import { push } from "../../../src/driver/sqlite/push.ts";
import { Clock } from "../../../src/driver/sqlite/queues.ts";
import { Folder, newJob, refusalOf } from "./folder.ts";

const BATCH = { pusher: "p", number: 1 };

/** Reads the next thing that a child says. */
async function nextWord(child: ReturnType<Folder["child"]>): Promise<string> {
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return new TextDecoder().decode(value);
}

async function tell(child: ReturnType<Folder["child"]>, line: string): Promise<void> {
  await child.stdin.write(`${line}\n`);
  await child.stdin.flush();
}

describe("a file that another process has locked", () => {
  test("is waited for without stopping the event loop, and then written", async () => {
    await using folder = await Folder.make();
    const driver = await folder.driver();
    const child = folder.child("locker");
    await nextWord(child);
    let isPushed = false;
    const pushing = driver.push("q", [newJob("a")], BATCH).then(() => (isPushed = true));
    // These turns come to their end only because the loop goes on.
    for (let turn = 0; turn < 20; turn++) await Bun.sleep(10);
    expect(isPushed).toBe(false);
    await tell(child, "go on");
    await pushing;
    expect(await driver.get("q", "a")).toMatchObject({ state: "ready" });
    await child.exited;
  });

  test("tells nothing of leases meanwhile, which nobody can renew", async () => {
    await using folder = await Folder.make();
    const driver = await folder.driver();
    await driver.push("q", [newJob("a")], BATCH);
    await driver.exchange("q", { owner: "o" }, { settle: [], take: 1, leaseMs: 1 });
    const child = folder.child("locker");
    await nextWord(child);
    let isTold = false;
    const looking = driver.owners("q").finally(() => (isTold = true));
    // A read that was asked for later is answered before.
    for (let turn = 0; turn < 20; turn++) await driver.counts("q");
    expect(isTold).toBe(false);
    await tell(child, "go on");
    expect(await looking).toMatchObject([{ owner: "o" }]);
    await child.exited;
  });

  test("can be read meanwhile", async () => {
    await using folder = await Folder.make();
    const driver = await folder.driver();
    await driver.push("q", [newJob("a")], BATCH);
    const child = folder.child("locker");
    await nextWord(child);
    expect(await driver.counts("q")).toMatchObject({ ready: 1 });
    child.kill();
    await child.exited;
  });

  test("is given up with a clear refusal when it stays locked", async () => {
    await using folder = await Folder.make();
    const driver = await folder.driver(100);
    const child = folder.child("locker");
    await nextWord(child);
    const refusal = await refusalOf(driver.push("q", [newJob("a")], BATCH));
    expect(refusal).toMatchObject({ code: "STORE_UNREACHABLE", message: expect.stringContaining("locked") });
    child.kill();
    await child.exited;
    expect(await driver.push("q", [newJob("a")], BATCH)).toEqual({ duplicates: [] });
  });

  test("is waited for as long as others write to it in turn", async () => {
    await using folder = await Folder.make();
    const [driver, other] = [await folder.driver(500), await folder.store()];
    await driver.push("q", [newJob("a")], BATCH);
    other.exec("BEGIN IMMEDIATE");
    let isPushed = false;
    const pushing = driver.push("q", [newJob("b")], { ...BATCH, number: 2 }).then(() => (isPushed = true));
    // Together longer than anybody waits for one that holds it.
    for (let turn = 0; turn < 50; turn++) {
      await Bun.sleep(20);
      // Nothing comes between the end of one turn and the beginning of the next.
      other.exec("UPDATE queue SET clock_us = clock_us + 1; COMMIT; BEGIN IMMEDIATE");
    }
    expect(isPushed).toBe(false);
    other.exec("COMMIT");
    await pushing;
    expect(await driver.get("q", "b")).toMatchObject({ state: "ready" });
  });
});

describe("waiting for another process", () => {
  test("each of its pushes ends a wait, however soon after the last one it comes", async () => {
    await using folder = await Folder.make();
    const driver = await folder.driver();
    const child = folder.child("pusher");
    await nextWord(child);
    const taker = { owner: "o" };
    const wanted = { settle: [], take: 1, leaseMs: 60_000 };
    await driver.exchange("q", taker, wanted);
    for (let number = 1; number <= 100; number++) {
      const id = `job-${number}`;
      const waiting = driver.wait("q", taker, 600_000, new AbortController().signal);
      await tell(child, id);
      await waiting;
      expect((await driver.exchange("q", taker, wanted)).taken).toMatchObject([{ id }]);
    }
    child.kill();
    await child.exited;
  });

  test("goes on when the bells are deleted", async () => {
    await using folder = await Folder.make();
    const [driver, pusher] = [await folder.driver(), await folder.driver()];
    const [taker, forever] = [{ owner: "o" }, new AbortController().signal];
    for (const [index, id] of ["a", "b"].entries()) {
      await driver.exchange("q", taker, { settle: [], take: 1, leaseMs: 60_000 });
      const waiting = driver.wait("q", taker, 600_000, forever);
      // Who waits is woken, and watches what it makes anew.
      await rm(`${folder.file}-bells`, { recursive: true });
      await waiting;
      const again = driver.wait("q", taker, 600_000, forever);
      await pusher.push("q", [newJob(id)], { pusher: "p", number: index + 1 });
      await again;
      expect((await driver.get("q", id))?.state).toBe("ready");
    }
  });

  test("goes on where nothing can be watched", async () => {
    await using folder = await Folder.make();
    const [driver, pusher] = [await folder.driver(), await folder.driver()];
    const taker = { owner: "o" };
    await Bun.write(`${folder.file}-bells`, "in the way");
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    await driver.exchange("q", taker, { settle: [], take: 1, leaseMs: 60_000 });
    const waiting = driver.wait("q", taker, 600_000, new AbortController().signal);
    await pusher.push("q", [newJob("a")], BATCH);
    await waiting;
    expect((await warned).message).toContain("cannot be watched (ENOTDIR");
  });

  test("is ended by the next look of another taker, when the pusher died before it rang", async () => {
    await using folder = await Folder.make();
    const [driver, sweeper, store] = [await folder.driver(), await folder.driver(), await folder.store()];
    const taker = { owner: "o", worker: "1" };
    await driver.push("q", [], BATCH);
    await driver.exchange("q", taker, { settle: [], take: 1, leaseMs: 60_000 });
    const waiting = driver.wait("q", taker, 600_000, new AbortController().signal);
    store.exec("BEGIN IMMEDIATE");
    push(store, "q", [newJob("a")], { ...BATCH, number: 2, isFirst: true });
    store.exec("COMMIT");
    await sweeper.exchange("q", { owner: "o" }, { settle: [], take: 0, leaseMs: 60_000 });
    await waiting;
    expect((await driver.get("q", "a"))?.state).toBe("ready");
  });
});

describe("a process that is killed while it writes", () => {
  test("leaves a sound file, and no batch half done", async () => {
    await using folder = await Folder.make();
    const driver = await folder.driver();
    const store = await folder.store();
    for (let round = 1; round <= 5; round++) {
      const children = [folder.child("writer"), folder.child("writer")];
      await Promise.all(children.map(nextWord));
      const before = (await driver.counts("q")).pushed;
      while ((await driver.counts("q")).pushed < before + 200) await Bun.sleep(1);
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(children.map((child) => child.exited));
      expect(store.get<unknown>("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
      const { pushed, done, ready, active } = await driver.counts("q");
      expect(pushed % 20).toBe(0);
      expect(done + ready + active).toBe(pushed);
    }
  });
});

describe("a disk without room", () => {
  test("refuses the batch as a whole, and takes it when there is room again", async () => {
    await using folder = await Folder.make();
    const store = await folder.store();
    const driver = await folder.driver();
    const full = new SqliteDriver(store);
    store.exec("PRAGMA max_page_count = 30");
    const jobs = Array.from({ length: 100 }, (_, index) => ({
      ...newJob(`job-${index}`),
      envelope: "x".repeat(5_000),
    }));
    const refusal = await refusalOf(full.push("q", jobs, BATCH));
    expect(refusal).toMatchObject({ code: "STORE_UNREACHABLE", message: expect.stringContaining("no room") });
    expect(await driver.counts("q")).toMatchObject({ pushed: 0, ready: 0 });
    store.exec("PRAGMA max_page_count = 100000");
    expect(await full.push("q", jobs, BATCH)).toEqual({ duplicates: [] });
    expect(await driver.counts("q")).toMatchObject({ pushed: 100, ready: 100 });
  });
});

describe("the wall clock", () => {
  test("when it is set back, later jobs still stand behind earlier ones", () => {
    const future = (Date.now() + 3_600_000) * 1000;
    const clock = new Clock({ clock_us: future });
    expect([clock.next(), clock.next()]).toEqual([future + 1, future + 2]);
    expect(clock.lastUs).toBe(future + 2);
  });
});
