import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { MAY_BOOT, OwnSystemd } from "../support/own-systemd.ts";
import { Site } from "../support/site.ts";
import { until } from "../support/until.ts";

describe.skipIf(!MAY_BOOT)("under systemd", () => {
  let systemd: OwnSystemd;
  beforeAll(async () => {
    systemd = await OwnSystemd.boot();
  }, 30_000);
  afterAll(() => systemd?.end());

  test("mpq.service starts, runs jobs that reach nothing else, reloads and stops", async () => {
    const site = new Site(systemd, "mpq", "mpq.service");
    expect(await site.control("start")).toBe(0);
    await site.shows({ ActiveState: "active", StatusText: "1 queue, 2 workers" });
    await site.mpq("queue:push", "-q", "q", "look");
    const [looked] = await until(
      "it looked",
      async () => (await site.notes("looked")).length > 0 && site.notes("looked"),
    );
    expect(looked).toMatchObject({ uid: 61970, cannot: [true, true, true] });
    const before = await site.pids("worker");
    expect(await site.control("reload")).toBe(0);
    expect((await site.pids("worker")).filter((pid) => before.includes(pid))).toEqual([]);
    systemd.write("mpq/jobs/broken.ts", "throw new Error('not today');");
    expect(await site.control("reload")).not.toBe(0);
    expect(await site.control("stop")).toBe(0);
    expect(await site.show()).toMatchObject({ ActiveState: "inactive", Result: "success", NRestarts: "0" });
    expect((await systemd.run("ls", "/run/mpq/mpq")).stdout).toBe("");
  });

  test("the embedded store of a project that its user may write is where it always is", async () => {
    const site = new Site(systemd, "shop", "mpq@shop.service");
    systemd.write("shop/mpq.config.ts", "export default { queues: { q: { workers: 1 } } };");
    await systemd.run("chown", "mpq", "/srv/shop");
    expect(await site.control("start")).toBe(0);
    await site.mpq("queue:push", "-q", "q", "look");
    await until("it looked", async () => (await site.notes("looked")).length === 1);
    expect((await systemd.run("ls", "/srv/shop")).stdout).toContain("mpq.db\n");
    expect(await site.control("stop")).toBe(0);
  });

  test("a stop lasts as long as the jobs may, also beyond TimeoutStopSec", async () => {
    const site = new Site(systemd, "slow", "mpq@slow.service");
    await site.edit("TimeoutStopSec=1");
    expect(await site.control("start")).toBe(0);
    await site.mpq("queue:push", "-q", "q", "waiting");
    await until("it runs", async () => (await site.notes("begun")).length === 1);
    const since = Date.now();
    const stopped = site.control("stop");
    await site.shows({ ActiveState: "deactivating", StatusText: "stopping; waits for q" });
    await until("it runs on", async () => Number((await site.notes("waits")).at(-1)?.["at"]) > since + 3_000);
    systemd.write("slow/go", "");
    expect(await stopped).toBe(0);
    expect(await site.show()).toMatchObject({ ActiveState: "inactive", Result: "success" });
    expect((await site.notes("ended")).length).toBe(1);
  });

  test("a service whose master hangs is started again, and its jobs are taken over", async () => {
    const site = new Site(systemd, "watched", "mpq@watched.service");
    await site.edit("WatchdogSec=1\\nRestartSec=100ms");
    expect(await site.control("start")).toBe(0);
    await site.mpq("queue:push", "-q", "q", "waiting");
    await until("it runs", async () => (await site.notes("begun")).length === 1);
    const since = Date.now();
    await until(
      "the watchdog could have bitten",
      async () => Number((await site.notes("waits")).at(-1)?.["at"]) > since + 2_500,
    );
    expect(await site.show()).toMatchObject({ ActiveState: "active", NRestarts: "0" });
    const [master] = await site.pids("master");
    await systemd.run("kill", "-STOP", String(master));
    await site.shows({ ActiveState: "active", NRestarts: "1", StatusText: "1 queue, 2 workers" });
    systemd.write("watched/go", "");
    await until("it ended", async () => (await site.notes("ended")).length === 1);
    expect((await site.notes("begun")).length).toBe(2);
    expect(await site.control("stop")).toBe(0);
  });

  test("a configuration that will not do is not tried again", async () => {
    const site = new Site(systemd, "wrong", "mpq@wrong.service");
    await site.edit("RestartSec=0");
    site.configure({ queues: { q: { workers: "two" } } });
    expect(await site.control("start")).not.toBe(0);
    expect(await site.show()).toMatchObject({ ActiveState: "failed", ExecMainStatus: "78", NRestarts: "0" });
  });

  test("a store that cannot be reached is tried again, and its URL may stand in the file for secrets", async () => {
    const site = new Site(systemd, "away", "mpq@away.service");
    await site.edit("RestartSec=100ms");
    const setUrl = (url: string): Promise<unknown> =>
      systemd.run("sh", "-c", `umask 077 && echo MPQ_DRIVER_URL=${url} > /etc/mpq/away.env`);
    await setUrl("sqlite:/etc/mpq.db");
    expect(await site.control("start")).not.toBe(0);
    await until("it was tried again", async () => {
      const shown = await site.show();
      return Number(shown["NRestarts"]) >= 2 && shown["ExecMainStatus"] === "69";
    });
    await setUrl("sqlite:/var/lib/mpq-away/other.db");
    await site.shows({ ActiveState: "active", StatusText: "1 queue, 2 workers" });
    expect(await site.control("stop")).toBe(0);
  });

  test("a service of this name that another user runs is seen and left alone", async () => {
    const site = new Site(systemd, "taken", "mpq@taken.service");
    expect(await site.control("start")).toBe(0);
    expect(await site.control("stop")).toBe(0);
    const here = ["env", "--chdir=/srv/taken", "RUNTIME_DIRECTORY=/run/other", "mpq"];
    const other = systemd.spawn(...here, "worker:start");
    await until("the other one runs", async () => (await systemd.run(...here, "worker:status")).code === 0);
    expect(await site.control("start")).not.toBe(0);
    expect(await site.show()).toMatchObject({ ExecMainStatus: "1" });
    await site.control("stop");
    expect((await systemd.run(...here, "worker:stop")).code).toBe(0);
    expect(await other.exited).toBe(0);
  });
});
