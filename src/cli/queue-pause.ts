import { inert } from "../telemetry/inert.ts";
import { CONFIG_ARG, QUEUE_ARG, type Command, command } from "./command.ts";
import { print } from "./output.ts";
import { withQueue } from "./with-store.ts";

export const queuePause: Command = command({
  name: "queue:pause",
  description: "Lets no further job of a queue begin, on any host; what runs goes on",
  args: { ...CONFIG_ARG, ...QUEUE_ARG },
  async run(args) {
    await withQueue(args, ({ store }) => store.pause(args.queue, "paused"));
    print(`${inert(args.queue)} is paused; "mpq queue:resume" lets it go on`);
  },
});

export const queueResume: Command = command({
  name: "queue:resume",
  description: "Lets the jobs of a paused queue begin again",
  args: { ...CONFIG_ARG, ...QUEUE_ARG },
  async run(args) {
    await withQueue(args, ({ store }) => store.pause(args.queue, "running"));
    print(`${inert(args.queue)} goes on`);
  },
});
