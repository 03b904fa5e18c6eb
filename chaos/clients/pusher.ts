/** The process that pushes: `pusher.ts <url>`. It is told what to push over its channel, and says how that went. */
import type { PushItem } from "../../src/client/pushable.ts";
import { driverFromUrl } from "../../src/driver/open.ts";
import { Queue, configure, isMpqError } from "../../src/index.ts";

export type PushRequest =
  | { readonly queue: string; readonly items: readonly PushItem[] }
  /** Envelopes as they stand in the store, past the client. */
  | { readonly queue: string; readonly raw: readonly { readonly id: string; readonly envelope: string }[] }
  /** So many jobs like each other. */
  | { readonly queue: string; readonly fill: number };

export interface PushAnswer {
  readonly ask: number;
  /** Undefined when the push was acknowledged. */
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
}

const FILL_AT_ONCE = 5_000;

const [url = ""] = process.argv.slice(2);
const opener = driverFromUrl(url);
configure({ driver: opener });
let batches = 0;

process.on("message", (message) => void answer(message as PushRequest & { readonly ask: number }));

async function answer({ ask, ...request }: PushRequest & { readonly ask: number }): Promise<void> {
  let refusal: PushAnswer["refusal"];
  try {
    await carryOut(request);
  } catch (error) {
    refusal = isMpqError(error) ? { code: error.code, message: error.message } : { code: "?", message: String(error) };
  }
  process.send?.({ ask, refusal } satisfies PushAnswer);
}

async function carryOut(request: PushRequest): Promise<void> {
  if ("items" in request) await Queue.pushMany(request.queue, request.items);
  else if ("raw" in request) await pushRaw(request.queue, request.raw);
  else await fill(request.queue, request.fill);
}

async function pushRaw(
  queue: string,
  jobs: readonly { readonly id: string; readonly envelope: string }[],
): Promise<void> {
  const store = await opener.open();
  const ready = jobs.map((job) => ({ ...job, delayMs: 0, priority: "normal" as const }));
  await store.push(queue, ready, { pusher: `raw-${process.pid}`, number: ++batches });
  await store.close();
}

async function fill(queue: string, count: number): Promise<void> {
  for (let pushed = 0; pushed < count; pushed += FILL_AT_ONCE) {
    const items = Array.from({ length: Math.min(FILL_AT_ONCE, count - pushed) }, (_, n) => ({
      job: "nothing",
      data: { n: pushed + n },
    }));
    await Queue.pushMany(queue, items);
  }
}
