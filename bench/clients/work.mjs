/** A worker process of a peer: `work.mjs <client> <address> <queue> <concurrency> <folder>`. Prints `ready` when it is; runs until it is killed. */
const [, , client, address, queue, concurrency, folder] = process.argv;
const { openWorker } = await import(client);
await openWorker(address, queue, { concurrency: Number(concurrency), folder });
console.log("ready");
