import type { Driver, NewJob } from "../driver/driver.ts";
import { MpqError } from "../errors.ts";
import type { Secrets } from "../config/secrets.ts";
import { DEFAULT_MAX_SIZE, type JobData } from "../job/data.ts";
import { encodeEnvelope, type Envelope } from "../job/envelope.ts";
import { DEFAULT_POLICY, type RunPolicy } from "../job/retry.ts";
import { signCode } from "../job/signature.ts";
import type { Order } from "./order.ts";
import type { OwnTerms } from "./own-terms.ts";

/** What holds for a job of a queue that says nothing itself. */
export interface Terms {
  readonly policy: RunPolicy;
  readonly maxSize: number;
}

/** What a queue's service registered is read again after so long: a new configuration reaches pushers by then. */
const KEEP_MS = 30_000;

/** The terms of one queue: the pusher's own configuration, then what the queue's service registered, then the defaults. */
export class QueueTerms {
  readonly #queue: string;
  #terms: Terms | undefined;
  #until = 0;

  constructor(queue: string) {
    this.#queue = queue;
  }

  /** Reads them, from the store only when they are not known or no longer fresh. Rejects as the driver does. */
  async read(driver: Driver, own: OwnTerms | undefined): Promise<Terms> {
    const now = performance.now();
    if (this.#terms !== undefined && now < this.#until) return this.#terms;
    const registered = await driver.settings(this.#queue);
    this.#until = now + KEEP_MS;
    this.#terms = {
      policy: { ...DEFAULT_POLICY, ...registered?.policy, ...own?.policy },
      maxSize: own?.maxSize ?? registered?.maxSize ?? DEFAULT_MAX_SIZE,
    };
    return this.#terms;
  }
}

/** Makes of an order the job that the store keeps. */
export function seal(order: Order, queue: string, terms: Terms, secrets: Secrets): NewJob {
  const policy = order.policy === undefined ? terms.policy : { ...terms.policy, ...order.policy };
  const envelope = order.data === undefined ? { name: order.name } : { name: order.name, data: order.data };
  const code = order.source === undefined ? undefined : signed(order, order.source, queue, secrets);
  return {
    id: order.id,
    envelope: encodeEnvelope(code === undefined ? { ...envelope, policy } : { ...envelope, policy, code }),
    delayMs: order.delayMs,
    priority: order.priority,
    mayBeKnown: order.mayBeKnown,
  };
}

function signed(order: Order, source: string, queue: string, secrets: Secrets): NonNullable<Envelope["code"]> {
  const { id, name } = order;
  // As the worker will read it.
  const data = order.data === undefined ? undefined : (JSON.parse(order.data) as JobData);
  return { source, signature: signCode({ queue, id, name, source, data }, secrets.signing()) };
}

/** The refusal of jobs that are code where nothing can sign them, or undefined when they can be signed. */
export function unsignable(secrets: Secrets): unknown {
  try {
    secrets.signing();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The refusal of an order whose data is larger than its queue takes, or undefined when it is not. */
export function tooLarge(order: Order, queue: string, terms: Terms): MpqError | undefined {
  if (order.bytes <= terms.maxSize) return undefined;
  return new MpqError(
    "DATA_TOO_LARGE",
    `the data ${order.source === undefined ? "" : "and source "}of ${order.name} is ${order.bytes} bytes of JSON; the queue ${queue} takes at most ${terms.maxSize}: ` +
      "keep large things elsewhere and push where they are, or raise the queue's maxSize",
  );
}
