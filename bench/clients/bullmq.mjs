/** BullMQ, told to forget jobs that are done, as mpq does. */
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

const QUEUE = "bench";
const JOB_OPTIONS = { removeOnComplete: true };

function connect(address) {
  return new Redis(address, { maxRetriesPerRequest: null });
}

export async function openPusher(address) {
  const connection = connect(address);
  const queue = new Queue(QUEUE, { connection });
  await queue.waitUntilReady();
  return {
    one: (data) => queue.add("noop", data, JOB_OPTIONS),
    many: (list) => queue.addBulk(list.map((data) => ({ name: "noop", data, opts: JOB_OPTIONS }))),
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

export async function openWorker(address, concurrency, handle) {
  const worker = new Worker(QUEUE, async ({ data }) => handle(data), { connection: connect(address), concurrency });
  await worker.waitUntilReady();
}
