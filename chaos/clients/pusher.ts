/** The process that pushes: `pusher.ts <url>`. It is told what to push over its channel, and says how that went. */
import type { PushItem } from "../../src/client/pushable.ts";
import { Queue, configure, isMpqError } from "../../src/index.ts";
import { driverFromUrl } from "../../src/driver/open.ts";

export interface PushRequest {
  readonly ask: number;
  readonly queue: string;
  readonly items: readonly PushItem[];
}

export interface PushAnswer {
  readonly ask: number;
  /** Undefined when the push was acknowledged. */
  readonly refusal: { readonly code: string; readonly message: string } | undefined;
}

const [url = ""] = process.argv.slice(2);
configure({ driver: driverFromUrl(url) });

process.on("message", (message) => void push(message as PushRequest));

async function push({ ask, queue, items }: PushRequest): Promise<void> {
  let refusal: PushAnswer["refusal"];
  try {
    await Queue.pushMany(queue, items);
  } catch (error) {
    refusal = isMpqError(error) ? { code: error.code, message: error.message } : { code: "?", message: String(error) };
  }
  process.send?.({ ask, refusal } satisfies PushAnswer);
}
