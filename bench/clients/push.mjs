/**
 * A pusher in a process of its own: `push.mjs <client> <address> <how> <count> <jobs>`. Prints how many seconds the pushes
 * took, or for `left` how many jobs are not done yet. `jobs` is JSON: the queue, how many jobs go ahead as `warmUp`, and what
 * `payload.mjs` heeds.
 *
 * A client exports `openPusher(address, queue)`, which gives `one(data, delay)`, `many(list, delay)` (seconds), `left()` and
 * `close()`, and `openWorker(address, queue, { concurrency, folder })`, which gives once it is ready.
 */
import { now } from "./meter.mjs";
import { payload } from "./payload.mjs";

const IN_FLIGHT = 500;
const BULK = 1_000;
const BULK_BYTES = 1_000_000;
const PACE_MS = 20;
/** A burst has one long job among short ones, and the next one comes while that still runs. */
const BURST = { jobs: 100, everyMs: 300, shortMs: 1, longMs: 1_000 };

const [, , client, address, how, size, what] = process.argv;
const count = Number(size);
const { queue, delay = 0, warmUp, ...job } = JSON.parse(what);
const { openPusher } = await import(client);
const pusher = await openPusher(address, queue);
const bulk = Math.max(1, Math.min(BULK, Math.floor(BULK_BYTES / (job.bytes ?? 1))));

const pushes = {
  one: async (many) => {
    for (let n = 0; n < many; n++) await pusher.one(payload(n, job), delay);
  },
  flight: async (many) => {
    let n = 0;
    const run = async () => {
      while (n < many) await pusher.one(payload(n++, job), delay);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, run));
  },
  bulk: async (many) => {
    for (let n = 0; n < many; n += bulk) {
      const list = Array.from({ length: Math.min(bulk, many - n) }, (_, index) => payload(n + index, job));
      await pusher.many(list, delay);
    }
  },
  /** One push, then a pause, so that each finds idle workers. Each says when it should begin. */
  paced: async (many) => {
    for (let n = 0; n < many; n++) {
      await pause(PACE_MS);
      await pusher.one({ ...payload(n, job), at: now() + delay * 1_000 }, delay);
    }
  },
  /** The long job stands at another place in each burst. */
  bursts: async (many) => {
    for (let n = 0; n < many; n += BURST.jobs) {
      const long = (n / BURST.jobs) * 37 + 10;
      const sleepOf = (index) => (index === long % BURST.jobs ? BURST.longMs : BURST.shortMs);
      const at = now();
      const list = Array.from({ length: BURST.jobs }, (_, index) => ({
        ...payload(n + index),
        at,
        sleep: sleepOf(index),
      }));
      await pusher.many(list, 0);
      await pause(BURST.everyMs);
    }
  },
};

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function seconds(push, many) {
  const from = performance.now();
  await push(many);
  return (performance.now() - from) / 1000;
}

/** What goes ahead of a measured push. Where the workers are there, these are jobs that do nothing and are due at once. */
async function pushAhead() {
  if (how === "fill" || how === "bursts") return;
  if (how !== "paced") return pushes[how](warmUp);
  for (let n = 0; n < warmUp; n++) await pusher.one(payload(n, job), 0);
}

if (how === "left") {
  console.log(JSON.stringify(await pusher.left()));
} else {
  await pushAhead();
  console.log(JSON.stringify(await seconds(how === "fill" ? pushes.bulk : pushes[how], count)));
}
await pusher.close();
process.exit(0);
