import { describe, expect, test } from "bun:test";
import { stat } from "node:fs/promises";
import type { NewJob } from "../../../src/driver/driver.ts";
import { until } from "../../support/until.ts";
import { Folder, newJob } from "./folder.ts";

const HOLDER = { incarnation: "i", pid: 1, processStart: "0", host: "h", machine: "m" };
const LEASE_MS = 15_000;
const JOBS = 40;
const BYTES = 10_000;

/** Fewer pages than a writer leaves in the log. */
function bigJobs(batch: string): NewJob[] {
  const envelope = JSON.stringify("x".repeat(BYTES));
  return Array.from({ length: JOBS }, (_, n) => ({ ...newJob(`${batch}-${n}`), envelope }));
}

describe("the write-ahead log", () => {
  test("what others write is moved to the file by whoever holds a service's name, also after a pause", async () => {
    await using folder = await Folder.make();
    const [service, pusher] = [await folder.driver(), await folder.driver()];
    const size = async (): Promise<number> => (await stat(folder.file)).size;
    let number = 0;
    for (const round of ["first", "second"]) {
      const before = await size();
      await pusher.push("q", bigJobs(round), { pusher: "p", number: ++number });
      expect(await size()).toBe(before);
      await service.claimService("s", HOLDER, LEASE_MS);
      await pusher.push("q", [newJob(round)], { pusher: "p", number: ++number });
      await until("the jobs stand in the file", async () => (await size()) >= before + JOBS * BYTES);
    }
  });
});
