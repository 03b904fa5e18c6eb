/** A worker process of a peer: `work.mjs <client> <address> <concurrency> <folder>`. Prints `ready` when it is; runs until it is killed. */
import { meter } from "./meter.mjs";

const [, , client, address, concurrency, folder] = process.argv;
const { openWorker } = await import(client);
await openWorker(address, Number(concurrency), meter(folder));
console.log("ready");
