import { statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { configure } from "../client/configure.ts";
import { Queue } from "../client/queue.ts";
import type { Driver } from "../driver/driver.ts";
import { openDriver } from "../driver/open.ts";
import { sqlite } from "../driver/sqlite/sqlite.ts";
import { EXIT_FAILED } from "../errors.ts";
import { type Command, command } from "./command.ts";
import { filesOf } from "./demo/files.ts";
import { readLedger } from "./demo/ledger.ts";
import { Progress } from "./progress.ts";
import { DemoProject } from "./demo/project.ts";
import { type Killed, interruptedJob, summarise } from "./demo/summary.ts";
import { print } from "./output.ts";

/** A folder that every system has, with some hundreds of files of all sizes. */
const DEFAULT_FOLDER = "/usr/bin";
const QUEUE = "files";
const LOOK_MS = 20;

export const demo: Command = command({
  name: "demo",
  description: "Runs real jobs on worker processes, kills one half-way, and shows what happened",
  args: {
    folder: {
      type: "positional",
      required: false,
      description: `The files to work on (default: ${DEFAULT_FOLDER})`,
      valueHint: "folder",
    },
  },
  async run({ folder }) {
    const files = filesOf(resolve(folder ?? DEFAULT_FOLDER));
    const project = new DemoProject(Math.max(2, availableParallelism()));
    try {
      return await show(project, files);
    } finally {
      await project.end();
    }
  },
});

async function show(project: DemoProject, files: readonly string[]): Promise<number> {
  const progress = new Progress(files.length, "files");
  progress.say(`Starting a service in ${project.folder}`);
  await project.start();
  const startedAt = performance.now();
  const pushed = await push(project, files);
  progress.say(`Pushed ${pushed.length} jobs`);
  const store = await openDriver(sqlite(project.store));
  try {
    const killed = await watch(project, store, progress);
    const seconds = (performance.now() - startedAt) / 1000;
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    const facts = { pushed, counts: await store.counts(QUEUE), killed, seconds, bytes };
    const result = summarise(facts, readLedger(project.ledger));
    print(result.text);
    return result.ok ? 0 : EXIT_FAILED;
  } finally {
    await store.close();
  }
}

async function push(project: DemoProject, files: readonly string[]): Promise<readonly string[]> {
  configure({ driver: sqlite(project.store) });
  const items = files.map((file) => ({ job: "fingerprint", data: { file, ledger: project.ledger } }));
  const ids = await Queue.pushMany(QUEUE, items);
  await Queue.close();
  return ids;
}

/** Waits until every job has ended, and kills a worker half-way. */
async function watch(project: DemoProject, store: Driver, progress: Progress): Promise<Killed | undefined> {
  let killed: Killed | undefined;
  for (;;) {
    const { pushed, done, failed } = await store.counts(QUEUE);
    progress.show(done + failed);
    if (done + failed >= pushed) break;
    if (killed === undefined && done >= pushed / 2) {
      killed = await killBusyWorker(project);
      if (killed !== undefined) progress.say(`Killed worker ${killed.pid} with SIGKILL`);
    }
    await Bun.sleep(LOOK_MS);
  }
  progress.end();
  return killed;
}

/**
 * Kills a worker in the midst of a job. It is stopped first, which each of its threads needs a moment for: what its job has
 * written by then is all that it will write.
 */
async function killBusyWorker(project: DemoProject): Promise<Killed | undefined> {
  const busy = (await project.status()).processes.find((one) => one.role === "worker" && one.job !== null);
  if (busy === undefined) return undefined;
  process.kill(busy.pid, "SIGSTOP");
  await Bun.sleep(LOOK_MS);
  if (interruptedJob(busy.pid, readLedger(project.ledger)) === undefined) {
    process.kill(busy.pid, "SIGCONT");
    return undefined;
  }
  process.kill(busy.pid, "SIGKILL");
  return { pid: busy.pid, at: Date.now() };
}
