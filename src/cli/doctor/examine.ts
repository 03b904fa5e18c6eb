/** What the doctor looks at, in the order in which one thing needs another. It changes nothing, but an embedded store is made. */
import type { Config } from "../../config/config.ts";
import { type Whereabouts, loadConfig } from "../../config/load.ts";
import type { Driver, Finding } from "../../driver/driver.ts";
import { openDriver } from "../../driver/open.ts";
import { isMpqError } from "../../errors.ts";
import { jobNames } from "../../process/loader.ts";
import { version } from "../../version.ts";
import { fileLimitFinding, machineCodeFinding } from "./host.ts";
import { runDirFinding } from "./run-dir.ts";
import { secretFinding } from "./secret.ts";
import { serviceFinding } from "./service.ts";

/** Looks at everything that can be looked at: without a configuration there is neither a store nor a job. */
export async function examine(from: Whereabouts): Promise<readonly Finding[]> {
  const own: Finding = { check: "mpq", level: "ok", message: `${version}, on Bun ${Bun.version}` };
  const config = await orFinding("configuration", () => loadConfig(from));
  if ("level" in config) return [own, config, machineCodeFinding()].flat();
  return [
    own,
    configurationFinding(config),
    await findingOf("jobs", () => jobsFinding(config)),
    ...(await storeFindings(config)),
    await findingOf("runDir", () => runDirFinding(config)),
    ...fileLimitFinding(config),
    ...machineCodeFinding(),
  ];
}

/** A refusal is what a check found. */
async function orFinding<Result>(check: string, work: () => Promise<Result> | Result): Promise<Result | Finding> {
  try {
    return await work();
  } catch (error) {
    if (isMpqError(error)) return { check, level: "fail", message: error.message };
    throw error;
  }
}

function findingOf(check: string, work: () => Promise<Finding> | Finding): Promise<Finding> {
  return orFinding(check, work);
}

function configurationFinding({ file, folder, name, queues }: Config): Finding {
  const what = `service ${JSON.stringify(name)} with ${counted(queues.size, "queue")}: ${[...queues.keys()].join(", ")}`;
  if (file !== undefined) return { check: "configuration", level: "ok", message: `${file}: ${what}` };
  const message = `there is none in ${folder}, so everything has its default; "mpq init" makes one`;
  return { check: "configuration", level: "warn", message };
}

async function jobsFinding(config: Config): Promise<Finding> {
  const names = await jobNames(config);
  const where = `in ${config.jobs.join(", ")}`;
  if (names.length > 0)
    return { check: "jobs", level: "ok", message: `${counted(names.length, "job")}: ${names.join(", ")}` };
  return { check: "jobs", level: "warn", message: `there are none ${where}; only jobs that are code can run` };
}

/** What needs the store: itself, the claim to the service's name, and whether the secret fits. */
async function storeFindings(config: Config): Promise<readonly Finding[]> {
  const store = await orFinding("store", () => openDriver(config.driver));
  if ("level" in store) return [store, await findingOf("service", () => serviceFinding(config, undefined))];
  try {
    return [
      await findingOf("store", () => answerFinding(store)),
      ...(await store.checkup()),
      await findingOf("service", () => serviceFinding(config, store)),
      await findingOf("secret", () => secretFinding(config, store)),
    ];
  } finally {
    await store.close();
  }
}

async function answerFinding(store: Driver): Promise<Finding> {
  const before = performance.now();
  const queues = await store.queues();
  const milliseconds = (performance.now() - before).toFixed(1);
  const message = `${store.label} answers within ${milliseconds} ms, and has ${counted(queues.length, "queue")}`;
  return { check: "store", level: "ok", message };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
