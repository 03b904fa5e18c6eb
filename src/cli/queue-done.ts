import { inert } from "../telemetry/inert.ts";
import { CONFIG_ARG, JSON_ARG, QUEUE_ARG, type Command, command } from "./command.ts";
import { duration, print, printJson, shortened, tableOf } from "./output.ts";
import { PAGE_ARGS, limitOf, pageFrom, withNext } from "./page.ts";
import { type DoneJob, doneJobOf } from "./stored-job.ts";
import { withQueue } from "./with-store.ts";

const NAME = "queue:done";
const HEAD = ["ID", "NAME", "FAILED RUNS", "DONE"] as const;
const NAME_WIDTH = 40;

/** What `queue:done --json` prints. `next` is the cursor of the page after this; null when this is the last. */
interface DonePage {
  readonly jobs: readonly DoneJob[];
  readonly next: string | null;
}

export const queueDone: Command = command({
  name: NAME,
  description: "Lists the jobs of a queue that are done and kept, newest first",
  args: { ...CONFIG_ARG, ...QUEUE_ARG, ...JSON_ARG, ...PAGE_ARGS },
  async run({ queue, cursor, json, limit: text, config }) {
    const limit = limitOf(NAME, text);
    const page = await withQueue({ config, queue }, async ({ store }): Promise<DonePage> => {
      const { jobs, next = null } = await pageFrom(store, NAME, { queue, state: "done", limit, cursor });
      return { jobs: jobs.map((job) => doneJobOf(queue, job)), next };
    });
    if (json === true) return printJson(page);
    if (page.jobs.length > 0) return print(withNext(tableOf(HEAD, page.jobs.map(row)), page.next));
    const hint = cursor === undefined ? "; its option keepDone says how many are kept" : "";
    print(`${inert(queue)} has no ${cursor === undefined ? "" : "more "}jobs that are done and kept${hint}`);
  },
});

function row({ id, name, attempts, doneAt }: DoneJob): (string | number)[] {
  const ago = Math.max(0, (Date.now() - Date.parse(doneAt)) / 1000);
  return [id, shortened(name ?? "(cannot be read)", NAME_WIDTH), attempts.length, `${duration(ago)} ago`];
}
