/** bee-queue, told to forget jobs that are done, as mpq does, and to send no events, which nobody hears here. */
import BeeQueue from "bee-queue";

const QUEUE = "bench";
const OPTIONS = { getEvents: false, sendEvents: false, storeJobs: false, removeOnSuccess: true };

function open(address, isWorker) {
  const { hostname: host, port } = new URL(address);
  return new BeeQueue(QUEUE, { ...OPTIONS, isWorker, redis: { host, port: Number(port) } });
}

export async function openPusher(address) {
  const queue = open(address, false);
  await queue.ready();
  return {
    one: (data) => queue.createJob(data).save(),
    async many(list) {
      const errors = await queue.saveAll(list.map((data) => queue.createJob(data)));
      for (const error of errors.values()) throw error;
    },
    async left() {
      const { waiting, active } = await queue.checkHealth();
      return waiting + active;
    },
    close: () => queue.close(),
  };
}

export async function openWorker(address, concurrency, handle) {
  const queue = open(address, true);
  await queue.ready();
  queue.process(concurrency, async ({ data }) => handle(data));
}
