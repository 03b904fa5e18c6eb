import type { Driver, NewJob } from "../driver/driver.ts";
import type { Secrets } from "../config/secrets.ts";
import { isMpqError, MpqError } from "../errors.ts";
import type { Order } from "./order.ts";
import type { OwnTermsOf } from "./own-terms.ts";
import { countFitting, type Parcel, split } from "./parcel.ts";
import { QueueTerms, seal, type Terms, tooLarge, unsignable } from "./terms.ts";

/** The store as an outbox needs it: opened, with what the pusher's configuration says of the queue. */
export interface OpenStore {
  readonly driver: Driver;
  readonly own: OwnTermsOf;
  readonly secrets: Secrets;
}

/** Who pushes: its name towards the store, how it gets to the store, and how long a push may go unanswered. */
export interface Sender {
  readonly pusher: string;
  readonly timeoutMs: number;
  /** Opens the store, or gives the opened one. Rejects with `STORE_UNREACHABLE` while it is away. */
  open(): Promise<OpenStore>;
}

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 250;

/**
 * Sends what is pushed to one queue, in the order of the calls: what arrives while a batch is under way makes up the
 * next one, and only one is under way at a time. A push that is alone goes out at once. Who waited for a batch is told once
 * the next one is on its way, so that the store works while callers go on.
 *
 * A batch whose outcome is unknown is sent again under the same number, for as long as somebody waits for it. A push
 * that the store has not answered for `timeoutMs`, and that was not held up by answered ones, fails with
 * `STORE_UNREACHABLE`.
 */
export class Outbox {
  readonly #queue: string;
  readonly #sender: Sender;
  readonly #terms: QueueTerms;
  /** Not sent yet, in the order of the calls. */
  #waiting: Parcel[] = [];
  /** The batch under way. */
  #sent: readonly Parcel[] = [];
  #open = 0;
  #number = 0;
  #running = false;
  #answeredAt = 0;
  #lastError: unknown;
  #watch: ReturnType<typeof setTimeout> | undefined;
  #emptied: (() => void)[] = [];

  constructor(queue: string, sender: Sender) {
    this.#queue = queue;
    this.#sender = sender;
    this.#terms = new QueueTerms(queue);
  }

  /** Sends the orders; resolves when the store has all of them. When one is refused as too large, none is sent. */
  async add(orders: readonly Order[]): Promise<void> {
    if (orders.length === 1) return this.#enqueue(orders, orders);
    await Promise.all(split(orders).map((part) => this.#enqueue(part, orders)));
  }

  /** Resolves when nobody waits for a push any more, which is so after `timeoutMs` without an answer at the latest. */
  drained(): Promise<void> {
    return this.#open === 0 ? Promise.resolve() : new Promise((resolve) => this.#emptied.push(resolve));
  }

  #enqueue(orders: readonly Order[], together: readonly Order[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(newParcel(orders, together, { resolve, reject }));
      this.#open++;
      this.#watch ??= setTimeout(() => this.#expire(), this.#sender.timeoutMs);
      if (this.#running) return;
      this.#running = true;
      // Not at once: what the same turn of the caller pushes goes along.
      queueMicrotask(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#sendNext();
    this.#running = false;
  }

  /** Sends one batch, however often that takes. Never rejects: what goes wrong is told to those who wait. */
  async #sendNext(): Promise<void> {
    let jobs: readonly NewJob[] | undefined;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      try {
        const { driver, own, secrets } = await this.#sender.open();
        jobs ??= this.#gather(await this.#terms.read(driver, own(this.#queue)), secrets);
        const batch = { pusher: this.#sender.pusher, number: this.#number };
        if (jobs.length > 0) await driver.push(this.#queue, jobs, batch);
        return this.#settle();
      } catch (error) {
        this.#lastError = error;
        const affected = jobs === undefined ? [...this.#sent, ...this.#waiting] : this.#sent;
        if (!isAway(error)) return this.#end(affected, () => error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        if (affected.every((parcel) => parcel.state === "over")) return;
      }
    }
  }

  /** Takes the next batch from what waits, and gives it its number. */
  #gather(terms: Terms, secrets: Secrets): readonly NewJob[] {
    this.#waiting = this.#waiting.filter((parcel) => parcel.state === "waiting");
    this.#sent = this.#waiting.splice(0, countFitting(this.#waiting));
    const jobs: NewJob[] = [];
    for (const parcel of this.#sent) {
      const refusal =
        tooLarge(parcel.largest, this.#queue, terms) ?? (parcel.hasCode ? unsignable(secrets) : undefined);
      if (refusal !== undefined) this.#end([parcel], () => refusal);
      if (parcel.state === "over") continue;
      parcel.state = "sent";
      for (const order of parcel.orders) jobs.push(seal(order, this.#queue, terms, secrets));
    }
    this.#number++;
    return jobs;
  }

  #settle(): void {
    this.#answeredAt = performance.now();
    const stored = this.#sent;
    this.#sent = [];
    const tell = (): void => this.#end(stored, () => undefined);
    // What waits is sent first: the store works on it while the callers go on.
    if (this.#waiting.length === 0) tell();
    else setImmediate(tell);
  }

  /** Tells those of the parcels that still wait how it ended. */
  #end(parcels: readonly Parcel[], errorOf: (parcel: Parcel) => unknown): void {
    for (const parcel of parcels) {
      if (parcel.state === "over") continue;
      const error = errorOf(parcel);
      parcel.state = "over";
      this.#open--;
      if (error === undefined) parcel.resolve();
      else parcel.reject(error);
    }
    if (this.#open === 0) this.#rest();
  }

  #rest(): void {
    this.#waiting = [];
    clearTimeout(this.#watch);
    this.#watch = undefined;
    for (const tell of this.#emptied.splice(0)) tell();
  }

  /** Gives up what has waited too long, and looks again when the next one will have. */
  #expire(): void {
    const { timeoutMs } = this.#sender;
    const boundOf = (parcel: Parcel): number => Math.max(parcel.since, this.#answeredAt) + timeoutMs;
    const now = performance.now();
    const waiting = [...this.#sent, ...this.#waiting].filter((parcel) => parcel.state !== "over");
    this.#end(
      waiting.filter((parcel) => boundOf(parcel) <= now),
      (parcel) => this.#unanswered(parcel),
    );
    const next = waiting.find((parcel) => parcel.state !== "over");
    this.#watch = next && setTimeout(() => this.#expire(), Math.max(1, boundOf(next) - now));
  }

  #unanswered({ state, orders }: Parcel): MpqError {
    const outcome =
      state === "waiting"
        ? "nothing of it was sent"
        : "whether it was stored is not known; pushed again with the same id, it is stored once" +
          (orders.length === 1 ? ` (id ${orders[0]?.id})` : "");
    const cause = this.#lastError;
    const why = cause instanceof Error ? `; last error: ${cause.message}` : "";
    const seconds = this.#sender.timeoutMs / 1000;
    return new MpqError(
      "STORE_UNREACHABLE",
      `the store did not answer a push to the queue ${this.#queue} for ${seconds} s: ${outcome}${why}`,
      { cause },
    );
  }
}

function isAway(error: unknown): boolean {
  return isMpqError(error) && error.code === "STORE_UNREACHABLE";
}

function newParcel(
  orders: readonly Order[],
  together: readonly Order[],
  caller: Pick<Parcel, "resolve" | "reject">,
): Parcel {
  const bytes = orders.reduce((sum, order) => sum + order.bytes, 0);
  const largest = together.reduce((most, order) => (order.bytes > most.bytes ? order : most));
  const hasCode = together.some((order) => order.source !== undefined);
  return { orders, bytes, largest, hasCode, since: performance.now(), state: "waiting", ...caller };
}
