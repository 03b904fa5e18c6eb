import type { Driver, HeldService, ServiceClaim, ServiceHolder, TakenJob, Taker } from "../../src/driver/driver.ts";
import type { Clock } from "../../src/process/clock.ts";
import { ModelQueue } from "./queue.ts";

/** One who waits for something to take. */
export interface Waiter {
  readonly driver: Driver;
  readonly queue: string;
  readonly taker: Taker;
  /** What to wake it with: jobs that it holds from now on, or none when it is only to look; undefined to let it wait. */
  look(queue: ModelQueue, isGranted: boolean): readonly TakenJob[] | undefined;
  wake(given: readonly TakenJob[]): void;
}

interface Claim {
  readonly holder: ServiceHolder;
  readonly endsAt: number;
}

/** A store waits for times, and for no turn of an event loop. */
type StoreClock = Pick<Clock, "wallNow" | "after">;

export interface StoreOptions {
  /** Whether takers may be given jobs between their exchanges: one that grabs by its wait, one that offers by a push. */
  readonly grants: boolean;
  /** What queues are made of: the model alone, when absent. */
  readonly queue?: typeof ModelQueue;
}

/** A store in memory: queues by their names, services, and those who wait. */
export class ModelStore {
  readonly clock: StoreClock;
  readonly #how: StoreOptions;
  readonly #queues = new Map<string, ModelQueue>();
  readonly #services = new Map<string, Claim>();
  readonly #waiters = new Set<Waiter>();

  constructor(clock: StoreClock, how: StoreOptions) {
    this.clock = clock;
    this.#how = how;
  }

  /** The names of the queues that somebody made. */
  names(): readonly string[] {
    return [...this.#queues.keys()].sort();
  }

  isKnown(name: string): boolean {
    return this.#queues.has(name);
  }

  /** Does something with a queue that is there, and wakes those who wait for what it brought about. */
  use<Result>(name: string, work: (queue: ModelQueue) => Result): Result {
    const result = work(this.#queues.get(name) ?? this.#newQueue());
    for (const waiter of this.#waiters) if (waiter.queue === name) this.#lookFor(waiter);
    return result;
  }

  /** Does something with a queue, which is made when it is not there. */
  make<Result>(name: string, work: (queue: ModelQueue) => Result): Result {
    if (!this.#queues.has(name)) this.#queues.set(name, this.#newQueue());
    return this.use(name, work);
  }

  #newQueue(): ModelQueue {
    const Queue = this.#how.queue ?? ModelQueue;
    return new Queue(() => this.clock.wallNow(), { handsOver: this.#how.grants });
  }

  // ── Waiting

  wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#lookFor(waiter);
  }

  forget(waiter: Waiter): void {
    this.#waiters.delete(waiter);
  }

  /** The store has seen that the process behind this driver is gone. */
  forgetAllOf(driver: Driver): void {
    for (const waiter of this.#waiters) if (waiter.driver === driver) this.#waiters.delete(waiter);
  }

  #lookFor(waiter: Waiter): void {
    const queue = this.#queues.get(waiter.queue);
    if (queue === undefined) return;
    const isGranted = this.#how.grants && waiter.taker.worker !== undefined && queue.settings()?.mode === "grab";
    const given = waiter.look(queue, isGranted);
    if (given === undefined) return;
    this.#waiters.delete(waiter);
    waiter.wake(given);
  }

  // ── Services

  claimService(name: string, holder: ServiceHolder, leaseMs: number, instead?: string): ServiceClaim {
    const now = this.clock.wallNow();
    const claim = this.#services.get(name);
    const isFree = claim === undefined || claim.endsAt < now || claim.holder.incarnation === instead;
    if (!isFree && claim.holder.incarnation !== holder.incarnation) {
      return { held: false, holder: claim.holder, endsInMs: claim.endsAt - now };
    }
    this.#services.set(name, { holder, endsAt: now + leaseMs });
    return { held: true };
  }

  holderOf(name: string): HeldService | undefined {
    const now = this.clock.wallNow();
    const claim = this.#services.get(name);
    return claim === undefined || claim.endsAt < now
      ? undefined
      : { holder: claim.holder, endsInMs: claim.endsAt - now };
  }

  releaseService(name: string, incarnation: string): void {
    if (this.#services.get(name)?.holder.incarnation === incarnation) this.#services.delete(name);
  }
}
