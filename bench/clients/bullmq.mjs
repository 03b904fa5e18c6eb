/** BullMQ, told to forget jobs that are done, as mpq does. */
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { meter } from "./meter.mjs";

function connect(address) {
  return new Redis(address, { maxRetriesPerRequest: null });
}

function options(delay) {
  return { removeOnComplete: true, delay: delay * 1_000 };
}

export async function openPusher(address, name) {
  const connection = connect(address);
  const queue = new Queue(name, { connection });
  await queue.waitUntilReady();
  return {
    one: (data, delay) => queue.add("noop", data, options(delay)),
    many: (list, delay) => queue.addBulk(list.map((data) => ({ name: "noop", data, opts: options(delay) }))),
    async left() {
      const { waiting, active } = await queue.getJobCounts("waiting", "active");
      return waiting + active;
    },
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}

export async function openWorker(address, queue, { concurrency, folder }) {
  const handle = meter(folder);
  await work(address, queue, { concurrency, processor: async ({ data }) => handle(data) });
}

/** The processor is a function, or the path of a file that child processes run. */
export async function work(address, queue, { concurrency, processor }) {
  const worker = new Worker(queue, processor, { connection: connect(address), concurrency });
  await worker.waitUntilReady();
}
