/** bunqueue with a server of its own, told to forget jobs that are done, as mpq does. */
import { Queue, Worker } from "bunqueue/client";
import { meter } from "./meter.mjs";

function connectionTo(address) {
  const { hostname: host, port } = new URL(address);
  return { host, port: Number(port) };
}

function options(delay) {
  return { removeOnComplete: true, delay: delay * 1_000 };
}

export async function openPusher(address, name) {
  const queue = new Queue(name, { connection: connectionTo(address) });
  return {
    one: (data, delay) => queue.add("noop", data, options(delay)),
    many: (list, delay) => queue.addBulk(list.map((data) => ({ name: "noop", data, opts: options(delay) }))),
    async left() {
      const { waiting, active } = await queue.getJobCountsAsync();
      return waiting + active;
    },
    close: () => queue.close(),
  };
}

export async function openWorker(address, name, { concurrency, folder }) {
  const handle = meter(folder);
  const connection = connectionTo(address);
  const worker = new Worker(name, async ({ data }) => handle(data), { connection, concurrency });
  await worker.waitUntilReady?.();
}
