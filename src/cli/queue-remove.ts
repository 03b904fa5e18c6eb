import { changesOf, report } from "./changes.ts";
import { CONFIG_ARG, JSON_ARG, QUEUE_ARG, type Command, command } from "./command.ts";
import { withQueue } from "./with-store.ts";

export const queueRemove: Command = command({
  name: "queue:remove",
  description: "Deletes jobs that do not run",
  args: {
    id: { type: "positional", required: true, description: "The job's id; several may follow" },
    ...CONFIG_ARG,
    ...QUEUE_ARG,
    ...JSON_ARG,
  },
  rest: true,
  async run(args) {
    const { _: ids, json, queue } = args;
    return await withQueue(args, async ({ store }) =>
      report(await changesOf({ store, queue }, ids, await store.remove(queue, ids)), "removed", json),
    );
  },
});
