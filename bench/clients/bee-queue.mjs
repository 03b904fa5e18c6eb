/** bee-queue, told to forget jobs that are done, as mpq does, and to send no events, which nobody hears here. */
import BeeQueue from "bee-queue";
import { meter } from "./meter.mjs";

const OPTIONS = { getEvents: false, sendEvents: false, storeJobs: false, removeOnSuccess: true };

function open(address, name, isWorker) {
  const { hostname: host, port } = new URL(address);
  const redis = { host, port: Number(port) };
  return new BeeQueue(name, { ...OPTIONS, isWorker, activateDelayedJobs: isWorker, redis });
}

export async function openPusher(address, name) {
  const queue = open(address, name, false);
  await queue.ready();
  const jobOf = (data, delay) => {
    const job = queue.createJob(data);
    return delay === 0 ? job : job.delayUntil(Date.now() + delay * 1_000);
  };
  return {
    one: (data, delay) => jobOf(data, delay).save(),
    async many(list, delay) {
      const errors = await queue.saveAll(list.map((data) => jobOf(data, delay)));
      for (const error of errors.values()) throw error;
    },
    async left() {
      const { waiting, active } = await queue.checkHealth();
      return waiting + active;
    },
    close: () => queue.close(),
  };
}

export async function openWorker(address, name, { concurrency, folder }) {
  const handle = meter(folder);
  const queue = open(address, name, true);
  await queue.ready();
  queue.process(concurrency, async ({ data }) => handle(data));
}
