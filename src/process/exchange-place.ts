import type { ConsumerStore, Settlement, TakenJob, Taker } from "../driver/driver.ts";
import type { JobId } from "../job/id.ts";
import type { Clock } from "./clock.ts";

/**
 * What the loop is for. A `distributor` takes for its workers; a `grabber` for itself, and must not wait while it has no
 * room, since its wait may be given a job; a `sweeper` takes nothing, and makes ready what is due.
 */
export type TakerKind = "distributor" | "grabber" | "sweeper";

export interface ExchangePlace {
  readonly kind: TakerKind;
  readonly clock: Clock;
  readonly store: ConsumerStore;
  readonly queue: string;
  readonly taker: Taker;
  /** Most jobs that one call takes. */
  readonly most: number;
  /** Longest time between two sweeps while delayed jobs wait. */
  readonly sweepMs: () => number;
  /** Longest time between two calls. */
  readonly restMs: number;
}

export interface ExchangeHooks {
  /** How many jobs could be begun with now; asked before each call. */
  wanted(): number;
  /** How many would be begun at once. */
  idle(): number;
  onTaken(jobs: readonly TakenJob[]): void;
  /** The store has no more now than it gave, which is less than was wanted. */
  onDry(): void;
  /** The store has confirmed these, but for `lost`: those were somebody else's by then. */
  onSettled(settled: readonly Settlement[], lost: readonly JobId[]): void;
  onStoreLost(error: unknown): void;
  onStoreBack(): void;
}
