import type { RedisServer } from "../redis-server.ts";
import type { Ledger } from "../ledger.ts";

/** A queue, with the setting that its row in the report names. */
export interface System {
  /** `mpq` or the peer. */
  readonly product: string;
  readonly name: string;
  readonly store: "redis" | "sqlite";
  /** Systems that differ only in their workers have one name for what is measured without workers. */
  readonly pushesLike: string;
  /** Why it cannot be measured on this machine, or undefined. */
  readonly missing: string | undefined;
  /** A run on an empty store. */
  open(): Promise<Run>;
}

/**
 * How jobs are pushed: `one` awaited after another, many in `flight`, in `bulk`; `paced` for idle workers. `fill` is
 * `bulk` with nothing before it, so that exactly so many jobs wait.
 */
export type How = "one" | "flight" | "bulk" | "paced" | "fill";

/** One use of a system, from an empty store to {@link close}. */
export interface Run {
  readonly ledger: Ledger;
  /** The server that the store is in; undefined when it is the system's own. */
  readonly redis: RedisServer | undefined;
  /** Pushes in a process of its own. Gives the seconds that it took. */
  push(how: How, count: number): Promise<number>;
  /** Jobs that are not done yet, as the system itself tells. */
  left(): Promise<number>;
  /** Starts the workers. {@link isReady} tells when all of them can take jobs. */
  start(): Promise<void>;
  isReady(): Promise<boolean>;
  /** Throws when what was started has ended. */
  checkAlive(): void;
  /** The processes that were started; what they started in turn is theirs. */
  pids(): readonly number[];
  close(): Promise<void>;
}
