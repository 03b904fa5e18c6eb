import type { QueueOptions } from "../config/config.ts";
import { MpqError } from "../errors.ts";
import { isJobData } from "../job/data.ts";
import { type PartialPolicy, type Place, readPolicy, refuse, show } from "../job/policy.ts";

/** What the pusher's own configuration says of a queue. */
export interface OwnTerms {
  readonly policy?: PartialPolicy | undefined;
  /** Bytes of data that a job may have. */
  readonly maxSize?: number | undefined;
}

export type OwnTermsOf = (queue: string) => OwnTerms | undefined;

/** Reads what a configuration says of its queues that pushers heed: the rest of a queue's options is for its service. */
export function readOwnTerms(queues: unknown, place: Place): OwnTermsOf {
  if (queues === undefined) return () => undefined;
  if (!isJobData(queues)) {
    throw new MpqError(
      place.code,
      `${place.where} is ${show(queues)}; expected an object with an entry for each queue`,
    );
  }
  const terms = new Map<string, OwnTerms>();
  for (const [queue, options] of Object.entries(queues)) {
    if (!isJobData(options)) throw refuse(place, queue, "an object of queue options", options);
    terms.set(queue, readOne(options, { code: place.code, where: `${place.where}.${queue}` }));
  }
  return (queue) => terms.get(queue);
}

function readOne(options: QueueOptions, place: Place): OwnTerms {
  const { maxSize } = options;
  if (maxSize === undefined) return { policy: readPolicy(options, place) };
  if (!Number.isSafeInteger(maxSize) || maxSize < 1) throw refuse(place, "maxSize", "bytes, a whole number", maxSize);
  return { policy: readPolicy(options, place), maxSize };
}

/** What the first says, and what the second says where the first is silent. */
export function mergeTerms(first: OwnTerms | undefined, second: OwnTerms | undefined): OwnTerms {
  return { policy: { ...second?.policy, ...first?.policy }, maxSize: first?.maxSize ?? second?.maxSize };
}
