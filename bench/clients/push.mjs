/**
 * A pusher in a process of its own: `push.mjs <client> <address> <how> <count>`. Prints how many seconds the pushes took,
 * or for `left` how many jobs are not done yet.
 *
 * A client exports `openPusher(address)`, which gives `one(data)`, `many(list)`, `left()` and `close()`, and
 * `openWorker(address, concurrency, handle)`, which gives once it is ready.
 */
import { now } from "./meter.mjs";
import { payload } from "./payload.mjs";

const IN_FLIGHT = 500;
const BULK = 1_000;
const PACE_MS = 20;
/** Of this many pushes one is done beforehand, so that no system is measured cold. */
const WARM_UP_SHARE = 10;

const [, , client, address, how, size] = process.argv;
const count = Number(size);
const { openPusher } = await import(client);
const pusher = await openPusher(address);

const pushes = {
  one: async (many) => {
    for (let n = 0; n < many; n++) await pusher.one(payload(n));
  },
  flight: async (many) => {
    let n = 0;
    const run = async () => {
      while (n < many) await pusher.one(payload(n++));
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, run));
  },
  bulk: async (many) => {
    for (let n = 0; n < many; n += BULK) {
      await pusher.many(Array.from({ length: Math.min(BULK, many - n) }, (_, index) => payload(n + index)));
    }
  },
  /** One push, then a pause, so that each finds idle workers. */
  paced: async (many) => {
    for (let n = 0; n < many; n++) {
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
      await pusher.one({ ...payload(n), at: now() });
    }
  },
};

async function seconds(push, many) {
  const from = performance.now();
  await push(many);
  return (performance.now() - from) / 1000;
}

if (how === "left") {
  console.log(JSON.stringify(await pusher.left()));
} else if (how === "fill") {
  console.log(JSON.stringify(await seconds(pushes.bulk, count)));
} else {
  await (how === "paced" ? pushes.one : pushes[how])(Math.ceil(count / WARM_UP_SHARE));
  console.log(JSON.stringify(await seconds(pushes[how], count)));
}
await pusher.close();
process.exit(0);
