/**
 * The only place where keys are spelt. All keys of a queue carry its name as their hash tag, so that they share a slot
 * of a cluster.
 */

/**
 * The keys of a queue in the order in which every script gets them; `lua/queue.lua` names them in the same order. What
 * is empty is not there.
 */
export const QUEUE_KEYS = [
  /**
   * Hash: mode, paused, settings, keepFailed, keepDone, the counters pushed, done and keptBytes, the clock `order`, where
   * the bell stands, and of each pusher the number of its last batch, and when.
   */
  "meta",
  /** Hash, id → envelope: every job that is kept. */
  "jobs",
  /** Hash, id → record: the jobs that failed at least once. */
  "records",
  /** Hash, id → how often the job lost its owner. */
  "interrupted",
  /** Hash, id → class: the jobs that were not pushed with normal priority. */
  "classes",
  /** Hash, id → its place in the streams, ready or taken: class and time of its entry, this in base 16. */
  "entries",
  /** Sorted set by class and order: the ready jobs of distribute mode. */
  "ready",
  /** Streams with one consumer group: the ready and the taken jobs of grab mode, given back, high, normal and low. */
  "ready0",
  "ready1",
  "ready2",
  "ready3",
  /** Sorted set by due time. */
  "delayed",
  /** Sorted set by time. */
  "failed",
  /** Sorted set by time: the jobs that are done and kept. */
  "kept",
  /** Sorted set of takers by the end of their leases. */
  "owners",
  /** Stream of a few entries: each is one ring. */
  "bell",
  /** Hash, taker → how many jobs may be handed to it: those that wait with idle workers. */
  "offers",
  /** Hash, id → token and taker: the jobs that were handed to a taker since its last exchange. */
  "handed",
] as const;

export type QueueKey = (typeof QUEUE_KEYS)[number];

/** The keys of one queue, and those that belong to one of its takers. */
export interface QueueKeys {
  readonly all: readonly string[];
  readonly bell: string;
  readonly meta: string;
  /** The streams of ready jobs, first to last. */
  readonly streams: readonly string[];
  /** Sorted set by token: the jobs that `taker` holds in distribute mode. */
  active(taker: string): string;
}

/** The consumer group on the streams. */
export const GROUP = "mpq";
/** Set: the names of all queues. */
export const QUEUES_KEY = "mpq:queues";
/** Hash, name of a service → who holds it and until when. */
export const SERVICES_KEY = "mpq:services";
/** Hash: how programs in any language push, as the service that registered last does it. */
export const PUSH_KEY = "mpq:push";

const known = new Map<string, QueueKeys>();

export function keysOf(queue: string): QueueKeys {
  const before = known.get(queue);
  if (before !== undefined) return before;
  const key = (name: string): string => `mpq:{${tagOf(queue)}}:${name}`;
  const keys: QueueKeys = {
    all: QUEUE_KEYS.map((name) => key(spelling(name))),
    bell: key("bell"),
    meta: key("meta"),
    streams: [key("ready:0"), key("ready:1"), key("ready:2"), key("ready:3")],
    active: (taker) => key(`active:${taker}`),
  };
  known.set(queue, keys);
  return keys;
}

/** A hash tag ends at its first brace and must not be empty, so a brace in the name is written otherwise. */
function tagOf(queue: string): string {
  return queue.replaceAll("%", "%25").replaceAll("}", "%7D");
}

function spelling(name: QueueKey): string {
  return name.replace(/^ready(\d)$/, "ready:$1");
}
