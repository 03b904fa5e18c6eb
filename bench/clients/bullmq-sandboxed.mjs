/** BullMQ with its jobs in child processes, one for each that runs at once. */
import { fileURLToPath } from "node:url";
import { work } from "./bullmq.mjs";

export { openPusher } from "./bullmq.mjs";

export async function openWorker(address, queue, { concurrency, folder }) {
  process.env.METER_FOLDER = folder; // inherited by the children
  await work(address, queue, { concurrency, processor: fileURLToPath(import.meta.resolve("./bullmq-child.mjs")) });
}
