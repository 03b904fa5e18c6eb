import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultQueue, valuesOf } from "../../../src/config/config.ts";
import { boardsIn } from "../../../src/process/boards.ts";
import { hostClock } from "../../../src/process/clock.ts";
import { giveBack } from "../../../src/process/manage/masters.ts";
import { ModelDriver } from "../../model/driver.ts";
import { ModelStore } from "../../model/store.ts";

const QUEUE = "q";
const folder = mkdtempSync(join(tmpdir(), "mpq-masters-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a service that stops before it recovered the jobs of the run before it recovers them at its end", async () => {
  const store = new ModelDriver(new ModelStore(hostClock, { grants: false }));
  const boards = boardsIn(folder);
  const before = { owner: "before.1." };
  const jobs = ["finished", "begun"].map((id) => ({ id, envelope: "", delayMs: 0, priority: "normal" as const }));
  await store.push(QUEUE, jobs, { pusher: "p", number: 1 });
  const { taken } = await store.exchange(QUEUE, before, { settle: [], take: 2, leaseMs: 60_000 });
  const board = boards.create(before.owner, "1");
  for (const [slot, job] of taken.entries()) {
    board.label(slot, job);
    const word = board.hand(slot);
    board.begin(slot, word, 0, 0);
    if (job.id === "finished") board.end(slot, word, "done", 1);
  }

  const run = { incarnation: "now", predecessors: ["before"] };
  await giveBack(store, [valuesOf(defaultQueue(QUEUE))], run, { boards, clock: hostClock });
  expect(await store.counts(QUEUE)).toMatchObject({ done: 1, ready: 1, active: 0 });
});
