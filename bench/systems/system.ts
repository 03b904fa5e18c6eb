import type { Ledger } from "../ledger.ts";
import type { RedisServer } from "../redis-server.ts";

/** A queue, with the setting that its row in the report names. */
export interface System {
  /** `mpq` or the peer. */
  readonly product: string;
  readonly name: string;
  readonly store: "redis" | "sqlite";
  /** Systems that differ only in their workers have one name for what is measured without workers of their own setting. */
  readonly pushesLike: string;
  /** The part of the plan's jobs that it gets, so that slow systems take about as long as fast ones. */
  readonly share: number;
  /** The measures that it takes part in; all when absent. */
  readonly only?: readonly string[] | undefined;
  /** Why it cannot be measured on this machine, or undefined. */
  readonly missing: string | undefined;
  /** A run on an empty store. */
  open(shape?: Shape): Promise<Run>;
}

/** What a run has, where it differs from the system's own setting. */
export interface Shape {
  /** Worker processes of each queue, each with one job at a time. */
  readonly workers?: number;
  readonly queues?: number;
}

/** The queues of a run by their place: the first is the one that is meant where none is named. */
export function queueName(place: number): string {
  return place === 0 ? "bench" : `bench-${place}`;
}

/**
 * How jobs are pushed: `one` awaited after another, many in `flight`, in `bulk`; `paced` for idle workers; in `bursts` of
 * short jobs with a long one among them. `fill` is `bulk`. Nothing goes ahead of `fill` and `bursts`, which are
 * exactly so many jobs.
 */
export type How = "one" | "flight" | "bulk" | "paced" | "bursts" | "fill";

/** What is pushed, where it is not a job of about 100 bytes that does nothing, due at once. */
export interface Jobs {
  readonly queue?: string;
  /** Bytes of their data. */
  readonly bytes?: number;
  /** Seconds until they are due. */
  readonly delay?: number;
  /** Milliseconds of CPU time that the handler uses. */
  readonly burn?: number;
  /** How many of them go ahead of those that are measured; as many as `warm-up.ts` says where this is silent. */
  readonly warmUp?: number;
}

/** One use of a system, from an empty store to {@link close}. */
export interface Run {
  readonly ledger: Ledger;
  /** The server that the store is in; undefined when it is the system's own. */
  readonly redis: RedisServer | undefined;
  /** Pushes in a process of its own. Gives the seconds that it took. */
  push(how: How, count: number, jobs?: Jobs): Promise<number>;
  /** Jobs of the first queue that are not done yet, as the system itself tells. */
  left(): Promise<number>;
  /** Starts the workers. {@link isReady} tells when all of them can take jobs. */
  start(): Promise<void>;
  isReady(): Promise<boolean>;
  /** Throws when what was started has ended. */
  checkAlive(): void;
  /** The processes that were started; what they started in turn is theirs. */
  pids(): readonly number[];
  /** What each process is for. One that is not named is a `child` of another. */
  roles(): Promise<ReadonlyMap<number, string>>;
  close(): Promise<void>;
}
