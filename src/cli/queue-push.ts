import { useStore } from "../client/configure.ts";
import type { PushOptions } from "../client/pushable.ts";
import { Queue } from "../client/queue.ts";
import { type JobData, isJobData } from "../job/data.ts";
import { PRIORITIES } from "../job/state.ts";
import { didYouMean } from "../config/suggest.ts";
import { CONFIG_ARG, JSON_ARG, QUEUE_ARG, type Command, command, usage } from "./command.ts";
import { numberOf } from "./numbers.ts";
import { print, printJson } from "./output.ts";
import { withQueue } from "./with-store.ts";

const SELF = { name: "queue:push" } as const;

export const queuePush: Command = command({
  name: SELF.name,
  description: "Pushes one job by its name, and prints its id",
  args: {
    name: { type: "positional", required: true, description: "The name that workers find the job by" },
    data: {
      type: "positional",
      required: false,
      description: 'Its data, an object as JSON: \'{"to":"a@example.com"}\'',
    },
    ...CONFIG_ARG,
    ...QUEUE_ARG,
    ...JSON_ARG,
    delay: { type: "string", description: "Seconds until it is ready", valueHint: "s" },
    timeout: { type: "string", description: "Seconds that a run may take; 0 for any time", valueHint: "s" },
    retries: { type: "string", description: "Failed runs that are tried again", valueHint: "n" },
    id: {
      type: "string",
      description: "An id of your own; one that the queue holds is not made again",
      valueHint: "id",
    },
    priority: { type: "string", description: "Which are taken first", valueHint: PRIORITIES.join("|") },
  },
  async run(args) {
    const { name, queue, json } = args;
    const data = dataOf(args.data);
    const options = optionsOf(args);
    const id = await withQueue(args, async ({ config, store }) => {
      // The command pushes as the service does: into the store that is open, with what the configuration says of queues.
      useStore({ ...config, driver: store });
      return await Queue.push(queue, name, data, options);
    });
    if (json === true) printJson({ id, queue });
    else print(id);
  },
});

function dataOf(text: string | undefined): JobData | undefined {
  if (text === undefined) return undefined;
  const data = parsed(text);
  if (isJobData(data)) return data;
  throw usage(SELF, `needs an object as data, as in '{"n":1}', found ${JSON.stringify(data)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    throw usage(SELF, `needs JSON as data, as in '{"n":1}', found ${JSON.stringify(text)}${why}`);
  }
}

type Words = Readonly<Partial<Record<"delay" | "timeout" | "retries" | "id" | "priority", string | undefined>>>;

/** What was given and nothing else: the queue says the rest. Whether a number will do is for the client to say. */
function optionsOf({ delay, timeout, retries, id, priority }: Words): PushOptions {
  const known = PRIORITIES.find((one) => one === priority);
  if (priority !== undefined && known === undefined) {
    const found = `${JSON.stringify(priority)}${didYouMean(priority, PRIORITIES)}`;
    throw usage(SELF, `takes ${PRIORITIES.join(", ")} with --priority, found ${found}`);
  }
  const options = {
    delay: numberOf(SELF, "--delay", delay),
    timeout: numberOf(SELF, "--timeout", timeout),
    retries: numberOf(SELF, "--retries", retries),
    id,
    priority: known,
  };
  return options as PushOptions;
}
