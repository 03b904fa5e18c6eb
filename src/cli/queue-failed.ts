import type { Driver, Page } from "../driver/driver.ts";
import { isMpqError, MpqError } from "../errors.ts";
import { CONFIG_ARG, JSON_ARG, QUEUE_ARG, type Command, command, usage } from "./command.ts";
import { numberOf } from "./numbers.ts";
import { duration, inert, print, printJson, shortened, tableOf } from "./output.ts";
import { type FailedJob, failedJobOf } from "./stored-job.ts";
import { withQueue } from "./with-store.ts";

const NAME = "queue:failed";
const HEAD = ["ID", "NAME", "TYPE", "ATTEMPTS", "FAILED", "LAST ERROR"] as const;
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000;
const ERROR_WIDTH = 80;
const NAME_WIDTH = 40;

/** What `queue:failed --json` prints. `next` is the cursor of the page after this; null when this is the last. */
interface FailedPage {
  readonly jobs: readonly FailedJob[];
  readonly next: string | null;
}

export const queueFailed: Command = command({
  name: NAME,
  description: "Lists the failed jobs of a queue with their errors, newest first",
  args: {
    ...CONFIG_ARG,
    ...QUEUE_ARG,
    ...JSON_ARG,
    limit: { type: "string", description: `Jobs on a page (default: ${DEFAULT_LIMIT})`, valueHint: "n" },
    cursor: { type: "string", description: "Where the page begins, as the page before it said", valueHint: "c" },
  },
  async run(args) {
    const limit = limitOf(args.limit);
    const page = await withQueue(args, ({ store }) => read(store, args.queue, limit, args.cursor));
    if (args.json === true) return printJson(page);
    if (page.jobs.length > 0) return print(textOf(page));
    print(`${inert(args.queue)} has no ${args.cursor === undefined ? "" : "more "}failed jobs`);
  },
});

function limitOf(text: string | undefined): number {
  const limit = numberOf({ name: NAME }, "--limit", text) ?? DEFAULT_LIMIT;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw usage({ name: NAME }, `needs a whole number from 1 to ${MAX_LIMIT} with --limit, found ${limit}`);
}

async function read(store: Driver, queue: string, limit: number, cursor: string | undefined): Promise<FailedPage> {
  const { jobs, next = null } = await pageAt(store, queue, limit, cursor);
  return { jobs: jobs.map((job) => failedJobOf(queue, job)), next };
}

/** Stores know their own cursors only; what they say to another one would help nobody. */
async function pageAt(store: Driver, queue: string, limit: number, cursor: string | undefined): Promise<Page> {
  try {
    return await store.list(queue, "failed", limit, cursor);
  } catch (cause) {
    if (cursor === undefined || (isMpqError(cause) && cause.code !== "STORE_REFUSED")) throw cause;
    const message = `--cursor ${JSON.stringify(cursor)} is none that mpq ${NAME} gave; leave it out for the first page`;
    throw new MpqError("USAGE", message, { cause });
  }
}

function textOf({ jobs, next }: FailedPage): string {
  const table = tableOf(HEAD, jobs.map(row));
  return next === null ? table : `${table}\n\nThere are more: add --cursor ${inert(next)}`;
}

function row(job: FailedJob): (string | number)[] {
  const error = job.attempts.at(-1)?.error;
  const ago = Math.max(0, (Date.now() - Date.parse(job.failedAt)) / 1000);
  return [
    job.id,
    shortened(job.name ?? "(cannot be read)", NAME_WIDTH),
    job.type,
    job.attempts.length,
    `${duration(ago)} ago`,
    error === undefined ? "" : shortened(`${error.name}: ${error.message}`, ERROR_WIDTH),
  ];
}
