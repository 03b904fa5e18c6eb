import { CALL_MAX } from "../driver/driver.ts";
import type { Order } from "./order.ts";

/** Orders that go to the store together, and who waits for that. Never larger than one batch. */
export interface Parcel {
  readonly orders: readonly Order[];
  readonly bytes: number;
  /** The largest of all orders that were pushed in one call: when it is refused, none of them is sent. */
  readonly largest: Order;
  /** Whether any of them is code, which must be signed: without a secret, none of them is sent either. */
  readonly hasCode: boolean;
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** `waiting` to be sent, `sent` with the outcome unknown, or `over` for its caller. */
  state: "waiting" | "sent" | "over";
}

/** Jobs in one batch; what they may have in bytes says `CALL_MAX`. */
const MAX_BATCH_JOBS = 1_000;
/** Of pushes that were made one by one, more than so many do not go at once: half stays for while the store has the others. */
const MAX_GATHERED = 250;

/** How many of the waiting parcels, from the first, fit in one batch: at least one. */
export function countFitting(waiting: readonly Parcel[]): number {
  const most = Math.min(MAX_BATCH_JOBS, Math.max(MAX_GATHERED, waiting.length / 2));
  let jobs = 0;
  let bytes = 0;
  let count = 0;
  for (const parcel of waiting) {
    jobs += parcel.orders.length;
    bytes += parcel.bytes;
    if (count > 0 && (jobs > most || bytes > CALL_MAX)) break;
    count++;
  }
  return count;
}

/** Splits orders, in their order, so that each part fits in one batch. */
export function split(orders: readonly Order[]): Order[][] {
  const parts: Order[][] = [];
  let part: Order[] = [];
  let bytes = 0;
  for (const order of orders) {
    bytes += order.bytes;
    if (part.length === MAX_BATCH_JOBS || (part.length > 0 && bytes > CALL_MAX)) {
      parts.push(part);
      part = [];
      bytes = order.bytes;
    }
    part.push(order);
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
