import { inert } from "../telemetry/inert.ts";
import { CONFIG_ARG, JSON_ARG, QUEUE_ARG, type Command, command } from "./command.ts";
import { duration, print, printJson, shortened, tableOf } from "./output.ts";
import { PAGE_ARGS, limitOf, pageFrom, withNext } from "./page.ts";
import { type FailedJob, failedJobOf } from "./stored-job.ts";
import { withQueue } from "./with-store.ts";

const NAME = "queue:failed";
const HEAD = ["ID", "NAME", "TYPE", "ATTEMPTS", "FAILED", "LAST ERROR"] as const;
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
  args: { ...CONFIG_ARG, ...QUEUE_ARG, ...JSON_ARG, ...PAGE_ARGS },
  async run({ queue, cursor, json, limit: text, config }) {
    const limit = limitOf(NAME, text);
    const page = await withQueue({ config, queue }, async ({ store }): Promise<FailedPage> => {
      const { jobs, next = null } = await pageFrom(store, NAME, { queue, state: "failed", limit, cursor });
      return { jobs: jobs.map((job) => failedJobOf(queue, job)), next };
    });
    if (json === true) return printJson(page);
    if (page.jobs.length > 0) return print(withNext(tableOf(HEAD, page.jobs.map(row)), page.next));
    print(`${inert(queue)} has no ${cursor === undefined ? "" : "more "}failed jobs`);
  },
});

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
