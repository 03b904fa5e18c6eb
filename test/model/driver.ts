import type {
  Driver,
  Exchange,
  ExchangeReply,
  Finding,
  HeldService,
  Lease,
  NewJob,
  Page,
  PushBatch,
  PushReply,
  QueueCounts,
  QueueSettings,
  Recovery,
  ServiceClaim,
  ServiceHolder,
  StoredJob,
  TakenJob,
  Taker,
} from "../../src/driver/driver.ts";
import { MpqError } from "../../src/errors.ts";
import type { JobId } from "../../src/job/id.ts";
import type { JobState } from "../../src/job/state.ts";
import type { ModelQueue, TakerMemory } from "./queue.ts";
import type { ModelStore, Waiter } from "./store.ts";

/** Carries a call to the store and its reply back. Rejects when one of the two is lost on its way. */
export type Carry = <Reply>(call: () => Reply) => Promise<Reply>;

const carryAtOnce: Carry = async (call) => call();

/** What a driver knows of one taker between its exchanges. */
interface Memory extends TakerMemory {
  readonly known: Set<string>;
  /** How often the store may have done something for the taker of which it was not told, and how often it was since. */
  doubts: number;
  cleared: number;
  /** The tokens of what waits gave it since its last exchange. */
  readonly handed: Set<string>;
  /** How many exchanges have begun, and whether one is under way. */
  begun: number;
  isUnderWay: boolean;
  /** What the taker has heard of. */
  rings: ModelQueue["rings"];
  wasPaused: boolean;
  last: Promise<unknown>;
}

/** A connection to a store in memory. Keeps every promise of the border, also when `carry` loses replies. */
export class ModelDriver implements Driver {
  readonly label = "model:";
  readonly #store: ModelStore;
  readonly #carry: Carry;
  readonly #memories = new Map<string, Memory>();
  readonly #waits = new Set<(error: unknown) => void>();
  #isClosed = false;

  constructor(store: ModelStore, carry: Carry = carryAtOnce) {
    this.#store = store;
    this.#carry = carry;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of this.#waits) end(closed());
  }

  async #call<Reply>(call: () => Reply): Promise<Reply> {
    if (this.#isClosed) throw closed();
    return await this.#carry(call);
  }

  // ── Pushers

  push(queue: string, jobs: readonly NewJob[], batch: PushBatch): Promise<PushReply> {
    return this.#call(() => this.#store.make(queue, (model) => model.push(jobs, batch)));
  }

  settings(queue: string): Promise<QueueSettings | undefined> {
    return this.#call(() => this.#store.use(queue, (model) => model.settings()));
  }

  // ── Consumers

  register(queue: string, settings: QueueSettings): Promise<void> {
    return this.#call(() => this.#store.make(queue, (model) => model.register(settings)));
  }

  /** Those of one taker are made one after another. */
  exchange(queue: string, taker: Taker, wanted: Exchange): Promise<ExchangeReply> {
    const memory = this.#memoryOf(queue, taker);
    const reply = memory.last.then(() => this.#exchange(queue, taker, wanted));
    memory.last = reply.catch(() => undefined);
    return reply;
  }

  async #exchange(queue: string, taker: Taker, wanted: Exchange): Promise<ExchangeReply> {
    const memory = this.#memoryOf(queue, taker);
    const known = memory.doubts > memory.cleared ? memory.known : undefined;
    if (wanted.take > 0) memory.doubts++;
    const doubt = memory.doubts;
    memory.begun++;
    memory.isUnderWay = true;
    const { reply, rings } = await this.#call(() =>
      this.#store.use(queue, (model) => {
        const answer = model.exchange(taker, wanted, { ...memory, known });
        return { reply: answer, rings: { ...model.rings } };
      }),
    );
    memory.isUnderWay = false;
    memory.handed.clear();
    memory.cleared = doubt;
    memory.unheard.clear();
    memory.rings = rings;
    memory.wasPaused = reply.paused;
    for (const { kind, token } of wanted.settle) if (kind !== "failing") memory.known.delete(token);
    for (const { token } of reply.taken) memory.known.add(token);
    return reply;
  }

  async wait(queue: string, taker: Taker, timeoutMs: number, signal: AbortSignal): Promise<readonly TakenJob[]> {
    if (this.#isClosed) throw closed();
    const memory = this.#memoryOf(queue, taker);
    const { begun, isUnderWay } = memory;
    const given = await this.#waitFor(queue, taker, timeoutMs, signal);
    if (given.length === 0 || isUnderWay || memory.begun > begun) {
      // The next exchange tells of whatever it may have been given.
      memory.doubts++;
      return [];
    }
    for (const { token } of given) {
      memory.known.add(token);
      memory.handed.add(token);
    }
    return given;
  }

  async #waitFor(queue: string, taker: Taker, timeoutMs: number, signal: AbortSignal): Promise<readonly TakenJob[]> {
    const { rings, handed, wasPaused } = this.#memoryOf(queue, taker);
    return await new Promise((resolve, reject) => {
      const end = (): void => {
        this.#store.forget(waiter);
        this.#waits.delete(fail);
        cancel();
        signal.removeEventListener("abort", giveUp);
      };
      const finish = (given: readonly TakenJob[]): void => {
        end();
        resolve(given);
      };
      const giveUp = (): void => finish([]);
      const fail = (error: unknown): void => {
        end();
        reject(error);
      };
      const waiter: Waiter = {
        driver: this,
        queue,
        taker,
        look: (model, isGranted) => {
          // What was told that the queue is paused is to look when it goes on.
          const grants = isGranted && !wasPaused;
          const job = grants ? model.grant(taker) : undefined;
          if (job !== undefined) return [job];
          const told = model.handedTo(taker).filter(({ token }) => !handed.has(token));
          const hasNews = model.rings.other > rings.other || (!grants && model.rings.ready > rings.ready);
          return told.length > 0 || hasNews ? told : undefined;
        },
        wake: (given) => void this.#carry(() => given).then(finish, giveUp),
      };
      const cancel = this.#store.clock.after(timeoutMs, giveUp);
      signal.addEventListener("abort", giveUp);
      this.#waits.add(fail);
      if (signal.aborted) giveUp();
      else this.#store.wait(waiter);
    });
  }

  owners(queue: string): Promise<readonly Lease[]> {
    return this.#call(() => this.#store.use(queue, (model) => model.owners()));
  }

  recover(queue: string, taker: Taker, how: Recovery): Promise<number> {
    return this.#call(() => this.#store.use(queue, (model) => model.recover(taker, how)));
  }

  get(queue: string, id: JobId): Promise<StoredJob | undefined> {
    return this.#call(() => this.#store.use(queue, (model) => model.get(id)));
  }

  // ── Services

  claimService(name: string, holder: ServiceHolder, leaseMs: number, instead?: string): Promise<ServiceClaim> {
    return this.#call(() => this.#store.claimService(name, holder, leaseMs, instead));
  }

  releaseService(name: string, incarnation: string): Promise<void> {
    return this.#call(() => this.#store.releaseService(name, incarnation));
  }

  holderOf(name: string): Promise<HeldService | undefined> {
    return this.#call(() => this.#store.holderOf(name));
  }

  checkup(): Promise<readonly Finding[]> {
    return this.#call(() => [{ check: "memory", level: "warn", message: "everything is lost when this process ends" }]);
  }

  // ── Operators

  queues(): Promise<readonly string[]> {
    return this.#call(() => this.#store.names());
  }

  counts(queue: string): Promise<QueueCounts> {
    return this.#call(() => this.#store.use(queue, (model) => model.counts()));
  }

  list(queue: string, state: Exclude<JobState, "active">, limit: number, cursor?: string): Promise<Page> {
    return this.#call(() => this.#store.use(queue, (model) => model.list(state, limit, cursor)));
  }

  retry(queue: string, ids: readonly JobId[]): Promise<readonly JobId[]> {
    return this.#call(() => this.#store.use(queue, (model) => model.retry(ids)));
  }

  remove(queue: string, ids: readonly JobId[]): Promise<readonly JobId[]> {
    return this.#call(() => this.#store.use(queue, (model) => model.remove(ids)));
  }

  clean(queue: string, limit: number): Promise<number> {
    return this.#call(() => this.#store.use(queue, (model) => model.clean(limit)));
  }

  pause(queue: string, paused: "paused" | "running"): Promise<void> {
    return this.#call(() => this.#store.make(queue, (model) => model.pause(paused)));
  }

  #memoryOf(queue: string, { owner, worker = "" }: Taker): Memory {
    const key = `${owner} ${worker} ${queue}`;
    const memory = this.#memories.get(key) ?? newMemory();
    this.#memories.set(key, memory);
    return memory;
  }
}

function newMemory(): Memory {
  const rings = { ready: 0, other: 0 };
  const tokens = { known: new Set<string>(), unheard: new Set<string>(), handed: new Set<string>() };
  return {
    ...tokens,
    doubts: 0,
    cleared: 0,
    begun: 0,
    isUnderWay: false,
    rings,
    wasPaused: false,
    last: Promise.resolve(),
  };
}

function closed(): MpqError {
  return new MpqError("STORE_CLOSED", "the model was closed; open it again to go on");
}
