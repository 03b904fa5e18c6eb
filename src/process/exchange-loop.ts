import type { ExchangeReply, Settlement, TakenJob } from "../driver/driver.ts";
import type { JobId } from "../job/id.ts";
import { Bell } from "./bell.ts";
import type { Clock } from "./clock.ts";
import type { ExchangeHooks, ExchangePlace } from "./exchange-place.ts";
import { Lane, SECOND_LANE } from "./lane.ts";
import { LEASE_MS } from "./lease.ts";

/**
 * Speaks to the store for one taker: settles what is finished, takes what is wanted, keeps the lease, and waits without
 * polling when there is nothing.
 *
 * A distributor has two lanes, each a taker of its own under the same owner, so that the store works on one call while
 * this process works on the reply to the other. A lane has one call under way at a time, and what gathers meanwhile goes
 * with its next. Nothing that was settled is forgotten before the store has confirmed it.
 */
export class ExchangeLoop {
  readonly #place: ExchangePlace;
  readonly #hooks: ExchangeHooks;
  readonly #clock: Clock;
  readonly #bell: Bell;
  readonly #ended = new AbortController();
  readonly #lanes: readonly [Lane, ...Lane[]];
  /** The lane of each job that another than the first has taken, and the token that it was taken with. */
  readonly #laneOf = new Map<JobId, { readonly lane: Lane; readonly token: string }>();

  /** Whether the store may have something that the last call did not see. */
  #look = true;
  /** The wait that is under way. */
  #wait: AbortController | undefined;
  /** A wait is over: the store may have something, or may have given this taker something. */
  #heard = false;
  #poked = false;
  #nextSweep = 0;
  #failedCalls = 0;
  /** After a failed call, none is made before this moment. */
  #restUntil = 0;
  #running: Promise<void> | undefined;
  #idle: (() => void)[] = [];

  constructor(place: ExchangePlace, hooks: ExchangeHooks) {
    this.#clock = place.clock;
    this.#bell = new Bell(place.clock);
    this.#place = place;
    this.#hooks = hooks;
    const first = new Lane(place.taker);
    const second = new Lane({ ...place.taker, worker: SECOND_LANE });
    this.#lanes = place.kind === "distributor" ? [first, second] : [first];
  }

  start(): void {
    this.#running ??= this.#loop();
  }

  /** Gathers this for the next call, which {@link poke} asks for. */
  settle(settlement: Settlement): void {
    const taken = this.#laneOf.get(settlement.id);
    // A job that was lost meanwhile may be back, and in the other lane.
    const lane = taken?.token === settlement.token ? taken.lane : this.#lanes[0];
    lane.settlements.push(settlement);
  }

  /** Asks for a call now: there is something to settle, or room for more. */
  poke(): void {
    this.#poked = true;
    this.#bell.ring();
  }

  /** Resolves when everything that was settled until now is confirmed. */
  async flushed(): Promise<void> {
    if (this.#lanes.every((lane) => lane.isIdle)) return;
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
      const wanted = Math.max(0, Math.min(this.#place.most, this.#hooks.wanted() - this.#asked()));
      const lane = this.#laneToAsk(wanted);
      if (lane !== undefined) {
        lane.call = this.#exchange(lane, wanted);
        continue;
      }
      this.#listen(wanted);
      await this.#bell.wait(this.#pauseMs());
    }
    for (const lane of this.#lanes) await lane.call;
    this.#confirmIdle();
  }

  /** How long there is nothing to ask for, if the bell is not rung before: the end of a call under way rings it. */
  #pauseMs(): number {
    const now = this.#clock.now();
    if (now < this.#restUntil) return this.#restUntil - now;
    return this.#lanes.some((lane) => lane.call !== undefined) ? this.#place.restMs : this.#nextSweep - now;
  }

  /** How many jobs the calls under way may bring. */
  #asked(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.asked, 0);
  }

  /** The lane that has something to ask now, if one has and is free. */
  #laneToAsk(wanted: number): Lane | undefined {
    const now = this.#clock.now();
    if (now < this.#restUntil) return undefined;
    const free = this.#lanes.filter((lane) => lane.call === undefined);
    const doubtful = free.find((lane) => lane.isDoubtful);
    if (doubtful !== undefined) return doubtful;
    if (this.#poked) {
      const settling = free.find((lane) => lane.settlements.length > 0);
      if (settling !== undefined) return settling;
    }
    if (this.#look && wanted > 0) return free[0];
    // Somebody else may begin at once what would wait here.
    const [first] = this.#lanes;
    if (first.call === undefined && first.offer > 0 && first.offer > this.#hooks.idle()) return first;
    const isDue = this.#heard || now >= this.#nextSweep;
    return isDue && free.length === this.#lanes.length ? free[0] : undefined;
  }

  async #exchange(lane: Lane, wanted: number): Promise<void> {
    const settle = lane.settlements.splice(0);
    lane.asked = wanted;
    const offer = lane === this.#lanes[0] ? Math.min(wanted, this.#hooks.idle()) : 0;
    this.#heard = false;
    this.#poked = this.#lanes.some((other) => other.settlements.length > 0);
    try {
      const exchange = { settle, take: wanted, offer, leaseMs: LEASE_MS };
      const reply = await this.#place.store.exchange(this.#place.queue, lane.taker, exchange);
      lane.callEnded("heard");
      lane.offer = reply.cut ? 0 : Math.min(offer, Math.max(0, wanted - reply.taken.length));
      this.#after(lane, reply, { wanted, settled: settle });
    } catch (error) {
      lane.callEnded("unheard");
      lane.settlements.unshift(...settle);
      this.#rest(error);
    }
    this.#bell.ring();
  }

  #after(lane: Lane, reply: ExchangeReply, call: { wanted: number; settled: readonly Settlement[] }): void {
    const { wanted, settled } = call;
    if (this.#failedCalls > 0) this.#hooks.onStoreBack();
    this.#failedCalls = 0;
    // Without room nobody looked, so the store may have something as soon as there is room.
    const isDry = reply.taken.length < wanted && !reply.cut;
    this.#look = (wanted === 0 && this.#place.kind !== "sweeper") || !(isDry || reply.paused);
    this.#nextSweep = this.#clock.now() + Math.min(this.#place.restMs, this.#dueIn(reply.nextDueMs));
    this.#noteLanes(lane, reply, settled);
    this.#hooks.onSettled(settled, reply.lost);
    if (reply.taken.length > 0) this.#hooks.onTaken(reply.taken);
    if (isDry) this.#hooks.onDry();
    if (this.#lanes.every((one) => one.isIdle)) this.#confirmIdle();
  }

  #noteLanes(lane: Lane, reply: ExchangeReply, settled: readonly Settlement[]): void {
    if (lane === this.#lanes[0]) return;
    for (const { kind, id, token } of settled) {
      if (kind !== "failing" && this.#laneOf.get(id)?.token === token) this.#laneOf.delete(id);
    }
    for (const { id, token } of reply.taken) this.#laneOf.set(id, { lane, token });
  }

  #dueIn(nextDueMs: number | undefined): number {
    if (nextDueMs === undefined) return this.#place.restMs;
    // A due time that is being reached goes in the next call, whose reply tells the one after it.
    return Math.max(1, Math.min(nextDueMs, this.#place.sweepMs()));
  }

  /** Waits in the background for the store to have something; at most one wait is under way. */
  #listen(wanted: number): void {
    if (this.#place.kind === "grabber" && wanted === 0) return this.#wait?.abort();
    if (this.#wait !== undefined || this.#look) return;
    const wait = new AbortController();
    this.#wait = wait;
    const ended = (handed: readonly TakenJob[]): void => this.#waitEnded(handed);
    // When it failed, the next call meets the same fault and reports it.
    this.#place.store
      .wait(this.#place.queue, this.#place.taker, this.#place.restMs, wait.signal)
      .then(ended, () => ended([]));
  }

  #waitEnded(handed: readonly TakenJob[]): void {
    this.#wait = undefined;
    // What comes now is left to whoever recovers this taker.
    if (this.#ended.signal.aborted) return;
    if (handed.length > 0) {
      this.#lanes[0].offer -= handed.length;
      this.#hooks.onTaken(handed);
    } else {
      this.#heard = true;
      this.#look = true;
    }
    this.#bell.ring();
  }

  #rest(error: unknown): void {
    this.#poked = true;
    if (this.#ended.signal.aborted) return;
    if (this.#failedCalls++ === 0) this.#hooks.onStoreLost(error);
    this.#restUntil = this.#clock.now() + Math.min(MAX_REST_MS, FIRST_REST_MS * 2 ** this.#failedCalls);
    // Whatever this call was for, the next one is due then.
    this.#nextSweep = Math.min(this.#nextSweep, this.#restUntil);
  }

  #confirmIdle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

const FIRST_REST_MS = 25;
const MAX_REST_MS = 1_000;
