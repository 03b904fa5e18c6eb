/** Another process on the same file: `child.ts <role> <file>`. */
import { DatabaseSync } from "node:sqlite";
import { sqlite } from "../../../src/driver/sqlite/sqlite.ts";
import { newJob } from "./folder.ts";

const [role, file = ""] = process.argv.slice(2);

/** Holds the lock from its first word to the first that it is told. */
async function lock(): Promise<void> {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE");
  await Bun.write(Bun.stdout, "locked\n");
  for await (const _ of console) break;
  database.exec("COMMIT");
}

/** Pushes a job for each line that it is told, named by the line. */
async function pushLines(): Promise<void> {
  const driver = await sqlite(file).open();
  await Bun.write(Bun.stdout, "open\n");
  let number = 0;
  for await (const line of console) {
    await driver.push("q", [newJob(line)], { pusher: "child", number: ++number });
  }
  await driver.close();
}

/** Pushes, takes and settles without end. */
async function writeForEver(): Promise<void> {
  const driver = await sqlite(file).open();
  await Bun.write(Bun.stdout, "open\n");
  for (let number = 1; ; number++) {
    const jobs = Array.from({ length: 20 }, (_, index) => newJob(`${process.pid}-${number}-${index}`));
    await driver.push("q", jobs, { pusher: String(process.pid), number });
    const { taken } = await driver.exchange("q", { owner: "o" }, { settle: [], take: 15, leaseMs: 1_000 });
    const settle = taken.map(({ id, token }) => ({ id, token, kind: "done" }) as const);
    await driver.exchange("q", { owner: "o" }, { settle, take: 0, leaseMs: 1_000 });
  }
}

if (role === "locker") await lock();
if (role === "pusher") await pushLines();
if (role === "writer") await writeForEver();
