/** bunqueue with a server of its own, told to forget jobs that are done, as mpq does. */
import { Queue, Worker } from "bunqueue/client";

const QUEUE = "bench";
const JOB_OPTIONS = { removeOnComplete: true };

function connectionTo(address) {
  const { hostname: host, port } = new URL(address);
  return { host, port: Number(port) };
}

export async function openPusher(address) {
  const queue = new Queue(QUEUE, { connection: connectionTo(address) });
  return {
    one: (data) => queue.add("noop", data, JOB_OPTIONS),
    many: (list) => queue.addBulk(list.map((data) => ({ name: "noop", data, opts: JOB_OPTIONS }))),
    async left() {
      const { waiting, active } = await queue.getJobCountsAsync();
      return waiting + active;
    },
    close: () => queue.close(),
  };
}

export async function openWorker(address, concurrency, handle) {
  const connection = connectionTo(address);
  const worker = new Worker(QUEUE, async ({ data }) => handle(data), { connection, concurrency });
  await worker.waitUntilReady?.();
}
