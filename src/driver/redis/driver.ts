/**
 * The store on Redis 6.2 and later, and on Valkey. Each method is one script or a few, and each script may be repeated:
 * a reply that is lost costs nothing but a second call. Keys are spelt in `keys.ts`, scripts are in `lua/`.
 */
import type { JobId } from "../../job/id.ts";
import type { JobState } from "../../job/state.ts";
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
} from "../driver.ts";
import { checkUp } from "./checkup.ts";
import type { Connection } from "./connection.ts";
import { TakerMemory, nameOf } from "./exchange.ts";
import { countsOf, pageOf, storedJobOf } from "./found.ts";
import { QUEUES_KEY, keysOf } from "./keys.ts";
import { type ListedTaker, leasesOf, takersIn, takersOf } from "./leases.ts";
import { publishPush } from "./publish.ts";
import { pushing } from "./push.ts";
import { SCRIPTS, boundsText } from "./scripts.ts";
import { claimService, holderOf, releaseService } from "./services.ts";
import type { Target } from "./url.ts";
import { Waiting } from "./waiting.ts";

/** Jobs that one call moves at most. */
const STEP = 500;
/** Each may have a megabyte, so few are read at once. */
const READ_STEP = 25;

export class RedisDriver implements Driver {
  readonly label: string;
  readonly #target: Target;
  readonly #connection: Connection;
  readonly #waiting: Waiting;
  readonly #takers = new Map<string, TakerMemory>();
  /** Queues that this driver has put on the list of all queues. */
  readonly #listed = new Set<string>();
  readonly #registered = new Map<string, QueueSettings>();

  constructor(target: Target, connection: Connection) {
    this.#target = target;
    this.label = target.label;
    this.#connection = connection;
    this.#waiting = new Waiting(target, connection);
  }

  async close(): Promise<void> {
    this.#waiting.close();
    this.#connection.close();
  }

  // ── Pushers ──

  async push(queue: string, jobs: readonly NewJob[], batch: PushBatch): Promise<PushReply> {
    if (!this.#listed.has(queue)) await this.#list(queue);
    const { all } = keysOf(queue);
    const invocation = pushing(jobs, batch);
    const [isNew, duplicates] = await this.#connection.run(SCRIPTS.push, all, () => invocation);
    // New to the store, though it was listed: the store was emptied in between.
    if (isNew === 1) await this.#list(queue);
    return { duplicates };
  }

  async settings(queue: string): Promise<QueueSettings | undefined> {
    const settings = await this.#connection.call("HGET", [keysOf(queue).meta, "settings"]);
    return typeof settings === "string" ? (JSON.parse(settings) as QueueSettings) : undefined;
  }

  async #list(queue: string): Promise<void> {
    await this.#connection.call("SADD", [QUEUES_KEY, queue]);
    this.#listed.add(queue);
  }

  // ── Consumers ──

  async register(queue: string, settings: QueueSettings): Promise<void> {
    // Adding is refused by a server whose memory is full, also when there is nothing to add.
    if ((await this.#connection.call("SISMEMBER", [QUEUES_KEY, queue])) === 0) await this.#list(queue);
    await publishPush(this.#connection);
    this.#registered.set(queue, settings);
    const { mode, keepFailed, keepDone } = settings;
    const settingsNow = JSON.stringify(settings);
    const named = { modeNow: mode, settingsNow, keepFailed, limit: STEP, keepDone: boundsText(keepDone) };
    while ((await this.#connection.run(SCRIPTS.register, keysOf(queue).all, () => ({ named }))) > 0);
  }

  exchange(queue: string, taker: Taker, exchange: Exchange): Promise<ExchangeReply> {
    const memory = this.#memoryOf(queue, taker);
    const reply = memory.last.then(() => this.#exchange(queue, taker, exchange));
    memory.last = reply.catch(() => undefined);
    return reply;
  }

  async #exchange(queue: string, taker: Taker, exchange: Exchange): Promise<ExchangeReply> {
    const memory = this.#memoryOf(queue, taker);
    const keys = keysOf(queue);
    const sorted = memory.sort(exchange.settle);
    const result = await this.#connection.run(SCRIPTS.exchange, [...keys.all, keys.active(nameOf(taker))], () =>
      memory.invocation(exchange, sorted),
    );
    const settings = this.#registered.get(queue);
    // Somebody emptied the store under a running service.
    if (result[9] === "" && settings !== undefined) await this.register(queue, settings);
    return memory.learn(result, sorted);
  }

  wait(queue: string, taker: Taker, timeoutMs: number, signal: AbortSignal): Promise<readonly TakenJob[]> {
    return this.#waiting.wait({ queue, taker, memory: this.#memoryOf(queue, taker), timeoutMs, signal });
  }

  async owners(queue: string): Promise<readonly Lease[]> {
    return leasesOf(await this.#takersOf(queue));
  }

  async recover(queue: string, taker: Taker, how: Recovery): Promise<number> {
    const names = takersOf(taker, await this.#takersOf(queue));
    if (names.length === 0) return 0;
    const keys = keysOf(queue);
    const named = { owner: taker.owner, as: how.as, when: how.onlyIfExpired === true ? "expired" : "now", limit: STEP };
    const all = [...keys.all, ...names.map((name) => keys.active(name))];
    let recovered = 0;
    for (;;) {
      const count = await this.#connection.run(SCRIPTS.recover, all, () => ({ named, list: names }));
      if (count <= 0) return recovered;
      recovered += count;
    }
  }

  async get(queue: string, id: JobId): Promise<StoredJob | undefined> {
    const [job] = await this.#read(queue, [id]);
    return job;
  }

  async #read(queue: string, ids: readonly JobId[]): Promise<readonly StoredJob[]> {
    const found = await inSteps(ids, READ_STEP, (list) =>
      this.#connection.run(SCRIPTS.get, keysOf(queue).all, () => ({ named: {}, list })),
    );
    return found.map(storedJobOf);
  }

  async #takersOf(queue: string): Promise<readonly ListedTaker[]> {
    return takersIn(await this.#connection.run(SCRIPTS.takers, keysOf(queue).all, () => ({ named: {} })));
  }

  #memoryOf(queue: string, taker: Taker): TakerMemory {
    const key = `${nameOf(taker)} ${queue}`;
    // A wait on streams is called off by the number of its connection, which a cluster's client does not tell.
    const canStream = taker.worker !== undefined && this.#target.cluster === undefined;
    const memory = this.#takers.get(key) ?? new TakerMemory(taker, canStream);
    this.#takers.set(key, memory);
    return memory;
  }

  // ── Services ──

  claimService(name: string, holder: ServiceHolder, leaseMs: number, instead = ""): Promise<ServiceClaim> {
    return claimService(this.#connection, { name, holder, leaseMs, instead });
  }

  releaseService(name: string, incarnation: string): Promise<void> {
    return releaseService(this.#connection, name, incarnation);
  }

  holderOf(name: string): Promise<HeldService | undefined> {
    return holderOf(this.#connection, name);
  }

  // ── Operators ──

  checkup(): Promise<readonly Finding[]> {
    return checkUp(this.#connection);
  }

  async queues(): Promise<readonly string[]> {
    const queues = (await this.#connection.call("SMEMBERS", [QUEUES_KEY])) as readonly string[];
    return queues.toSorted();
  }

  async counts(queue: string): Promise<QueueCounts> {
    return countsOf(await this.#connection.run(SCRIPTS.counts, keysOf(queue).all, () => ({ named: {} })));
  }

  async list(queue: string, state: Exclude<JobState, "active">, limit: number, cursor = ""): Promise<Page> {
    const at = Math.max(0, cursor.indexOf("/"));
    const named = { state, limit, score: cursor.slice(0, at), id: cursor.slice(at + 1) };
    const listed = await this.#connection.run(SCRIPTS.list, keysOf(queue).all, () => ({ named }));
    return pageOf(listed, limit, (ids) => this.#read(queue, ids));
  }

  retry(queue: string, ids: readonly JobId[]): Promise<readonly JobId[]> {
    return inSteps(ids, STEP, (list) =>
      this.#connection.run(SCRIPTS.retry, keysOf(queue).all, () => ({ named: {}, list })),
    );
  }

  remove(queue: string, ids: readonly JobId[]): Promise<readonly JobId[]> {
    return inSteps(ids, STEP, (list) =>
      this.#connection.run(SCRIPTS.remove, keysOf(queue).all, () => ({ named: {}, list })),
    );
  }

  async clean(queue: string, limit: number): Promise<number> {
    const named = { limit: Math.min(limit, STEP) };
    return this.#connection.run(SCRIPTS.clean, keysOf(queue).all, () => ({ named }));
  }

  async pause(queue: string, paused: "paused" | "running"): Promise<void> {
    await this.#connection.run(SCRIPTS.pause, keysOf(queue).all, () => ({ named: { state: paused } }));
  }
}

/** One call after another, each for so many of the ids. */
async function inSteps<Found>(
  ids: readonly JobId[],
  size: number,
  step: (part: readonly JobId[]) => Promise<readonly Found[]>,
): Promise<Found[]> {
  const all: Found[] = [];
  for (let at = 0; at < ids.length; at += size) all.push(...(await step(ids.slice(at, at + size))));
  return all;
}
