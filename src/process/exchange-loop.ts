import type { ConsumerStore, ExchangeReply, Settlement, TakenJob, Taker } from "../driver/driver.ts";
import type { JobId } from "../job/id.ts";
import { Bell } from "./bell.ts";
import { hostNow } from "./clock.ts";

/**
 * Speaks to the store for one taker: settles what is finished, takes what is wanted, keeps the lease, and waits without
 * polling when there is nothing. One call is under way at a time, and what gathers meanwhile goes with the next.
 *
 * Nothing that was settled is forgotten before the store has confirmed it.
 */
export class ExchangeLoop {
  readonly #store: ConsumerStore;
  readonly #queue: string;
  readonly #taker: Taker;
  readonly #hooks: ExchangeHooks;
  readonly #kind: TakerKind;
  readonly #sweepMs: number;
  readonly #restMs: number;
  readonly #bell = new Bell();
  readonly #ended = new AbortController();

  #settlements: Settlement[] = [];
  /** Whether the store may have something that the last exchange did not see. */
  #look = true;
  /** The wait that is under way. */
  #wait: AbortController | undefined;
  /** A wait is over: the store may have something, or may have given this taker something. */
  #heard = false;
  #poked = false;
  #calling = false;
  #nextSweep = 0;
  #failedCalls = 0;
  #running: Promise<void> | undefined;
  #idle: (() => void)[] = [];

  constructor(place: ExchangePlace, hooks: ExchangeHooks) {
    this.#store = place.store;
    this.#queue = place.queue;
    this.#taker = place.taker;
    this.#kind = place.kind;
    this.#sweepMs = place.sweepMs;
    this.#restMs = place.restMs;
    this.#hooks = hooks;
  }

  start(): void {
    this.#running ??= this.#loop();
  }

  /** Gathers this for the next call, which {@link poke} asks for. */
  settle(settlement: Settlement): void {
    this.#settlements.push(settlement);
  }

  /** Asks for a call now: there is something to settle, or room for more. */
  poke(): void {
    this.#poked = true;
    this.#bell.ring();
  }

  /** Resolves when everything that was settled until now is confirmed. */
  async flushed(): Promise<void> {
    if (this.#settlements.length === 0 && !this.#calling) return;
    this.poke();
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Ends the loop and its wait; what is not confirmed by then is left to the lease. */
  async stop(): Promise<void> {
    this.#ended.abort();
    this.#wait?.abort();
    this.poke();
    await this.#running;
  }

  async #loop(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const wanted = this.#hooks.wanted();
      if (this.#mustAsk(wanted)) {
        await this.#exchange(wanted);
      } else {
        this.#listen(wanted);
        await this.#bell.wait(this.#nextSweep - hostNow());
      }
    }
    this.#confirmIdle();
  }

  #mustAsk(wanted: number): boolean {
    if (this.#heard || hostNow() >= this.#nextSweep) return true;
    return (this.#poked && this.#settlements.length > 0) || (this.#look && wanted > 0);
  }

  async #exchange(wanted: number): Promise<void> {
    const settle = this.#settlements;
    this.#settlements = [];
    this.#poked = false;
    this.#heard = false;
    this.#calling = true;
    try {
      const exchange = { settle, take: wanted, leaseMs: LEASE_MS };
      const reply = await this.#store.exchange(this.#queue, this.#taker, exchange);
      this.#calling = false;
      this.#after(reply, wanted, settle);
    } catch (error) {
      this.#calling = false;
      this.#settlements = [...settle, ...this.#settlements];
      this.#poked = true;
      await this.#rest(error);
    }
  }

  #after(reply: ExchangeReply, wanted: number, settled: readonly Settlement[]): void {
    if (this.#failedCalls > 0) this.#hooks.onStoreBack();
    this.#failedCalls = 0;
    // Without room nobody looked, so the store may have something as soon as there is room.
    this.#look = (wanted === 0 && this.#kind !== "sweeper") || (reply.taken.length >= wanted && !reply.paused);
    this.#nextSweep = hostNow() + Math.min(this.#restMs, this.#dueIn(reply.nextDueMs));
    this.#hooks.onSettled(settled, reply.lost);
    if (reply.taken.length > 0) this.#hooks.onTaken(reply.taken);
    if (this.#settlements.length === 0) this.#confirmIdle();
  }

  #dueIn(nextDueMs: number | undefined): number {
    if (nextDueMs === undefined) return this.#restMs;
    // A due time that is being reached goes in the next call, whose reply tells the one after it.
    return Math.max(1, Math.min(nextDueMs, this.#sweepMs));
  }

  /** Waits in the background for the store to have something; at most one wait is under way. */
  #listen(wanted: number): void {
    if (this.#kind === "grabber" && wanted === 0) return this.#wait?.abort();
    if (this.#wait !== undefined || this.#look) return;
    const wait = new AbortController();
    this.#wait = wait;
    const ended = (): void => this.#waitEnded();
    // When it failed, the next exchange meets the same fault and reports it.
    this.#store.wait(this.#queue, this.#taker, this.#restMs, wait.signal).then(ended, ended);
  }

  #waitEnded(): void {
    this.#wait = undefined;
    this.#heard = true;
    this.#look = true;
    this.#bell.ring();
  }

  async #rest(error: unknown): Promise<void> {
    if (this.#ended.signal.aborted) return;
    if (this.#failedCalls++ === 0) this.#hooks.onStoreLost(error);
    const until = hostNow() + Math.min(MAX_REST_MS, FIRST_REST_MS * 2 ** this.#failedCalls);
    while (hostNow() < until && !this.#ended.signal.aborted) await this.#bell.wait(until - hostNow());
  }

  #confirmIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/**
 * What the loop is for. A `distributor` takes for its workers; a `grabber` for itself, and must not wait while it has no
 * room, since its wait may be given a job; a `sweeper` takes nothing, and makes ready what is due.
 */
export type TakerKind = "distributor" | "grabber" | "sweeper";

export interface ExchangePlace {
  readonly kind: TakerKind;
  readonly store: ConsumerStore;
  readonly queue: string;
  readonly taker: Taker;
  /** Longest time between two sweeps while delayed jobs wait. */
  readonly sweepMs: number;
  /** Longest time between two calls. */
  readonly restMs: number;
}

export interface ExchangeHooks {
  /** How many jobs could be begun with now; asked before each call. */
  wanted(): number;
  onTaken(jobs: readonly TakenJob[]): void;
  /** The store has confirmed these, but for `lost`: those were somebody else's by then. */
  onSettled(settled: readonly Settlement[], lost: readonly JobId[]): void;
  onStoreLost(error: unknown): void;
  onStoreBack(): void;
}

/** An owner that is silent for so long has lost its jobs. */
export const LEASE_MS = 15_000;
/** A worker that takes for itself needs no heartbeat, which its master does; this is its safety net alone. */
export const WORKER_REST_MS = 30_000;
/** How often an idle taker renews its lease; several fit into one lease, so that one lost call costs nothing. */
export const HEARTBEAT_MS = 5_000;
const FIRST_REST_MS = 25;
const MAX_REST_MS = 1_000;
