import { join } from "node:path";
import type { PushItem } from "../src/client/pushable.ts";
import type { PushAnswer, PushRequest } from "./clients/pusher.ts";
import type { World } from "./world.ts";

/** A job to push, without its id. */
export type Order = Omit<PushItem, "id">;

export interface Pushed {
  readonly ids: readonly string[];
  /** Why the push failed; then nobody knows what became of it. */
  readonly refusal?: string;
}

/** What became of a push, as far as the pusher was told. `forgotten`: the store was emptied since. */
export type Told = "acknowledged" | "unknown" | "forgotten";

const DEAD = "the pusher died";

/** How often a load pushes. */
const PUSH_EVERY_MS = 20;

/** Pushes from a process of its own, and remembers what it was told of each job. */
export class Pusher {
  readonly #told = new Map<string, Told>();
  readonly #answers = new Map<number, (answer: PushAnswer | undefined) => void>();
  readonly #url: string;
  #child: Bun.Subprocess;
  #asks = 0;

  constructor(world: World, url: string) {
    this.#url = url;
    this.#child = this.#spawn();
    world.onEnd(() => this.#child.kill("SIGKILL"));
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Ends its process, and starts another one. */
  async restart(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    this.#child = this.#spawn();
  }

  #spawn(): Bun.Subprocess {
    const command = [...FULL_DISK_IS_AN_ERROR, process.execPath, join(import.meta.dir, "clients/pusher.ts"), this.#url];
    return Bun.spawn(command, {
      stdio: ["ignore", "inherit", "inherit"],
      ipc: (answer: PushAnswer) => this.#answers.get(answer.ask)?.(answer),
      onExit: () => this.#answers.forEach((resolve) => resolve(undefined)),
    });
  }

  /** What the pusher was told of each job so far. */
  get told(): ReadonlyMap<string, Told> {
    return this.#told;
  }

  /** Declares that the store has lost all that was pushed so far. To be called while no push is under way. */
  storeForgot(): void {
    for (const id of this.#told.keys()) this.#told.set(id, "forgotten");
  }

  /** Pushes jobs in one call. */
  async push(orders: readonly Order[]): Promise<Pushed> {
    const items = orders.map((order, index) => ({ ...order, id: `job-${this.#told.size + index + 1}` }));
    return await this.#order(
      items.map((item) => item.id),
      { queue: QUEUE, items },
    );
  }

  /** Puts envelopes into the store that no client has made, as a hand or another version of mpq may. */
  async pushRaw(envelopes: readonly string[], prefix = "raw-"): Promise<Pushed> {
    const jobs = envelopes.map((envelope, index) => ({ id: `${prefix}${this.#told.size + index + 1}`, envelope }));
    return await this.#order(
      jobs.map((job) => job.id),
      { queue: QUEUE, raw: jobs },
    );
  }

  /** Pushes so many jobs to another queue, which is not audited. Throws when that fails. */
  async fill(queue: string, count: number): Promise<void> {
    const answer = await this.#ask({ queue, fill: count });
    if (answer?.refusal !== undefined) throw new Error(answer.refusal.message);
  }

  async #order(ids: readonly string[], request: PushRequest): Promise<Pushed> {
    for (const id of ids) this.#told.set(id, "unknown");
    const answer = await this.#ask(request);
    if (answer === undefined) return { ids, refusal: DEAD };
    if (answer.refusal !== undefined) return { ids, refusal: `${answer.refusal.code}: ${answer.refusal.message}` };
    for (const id of ids) this.#told.set(id, "acknowledged");
    return { ids };
  }

  /** Undefined when the pusher is dead. */
  async #ask(request: PushRequest): Promise<PushAnswer | undefined> {
    if (this.#isDead) return undefined;
    const ask = ++this.#asks;
    const { promise, resolve } = Promise.withResolvers<PushAnswer | undefined>();
    this.#answers.set(ask, resolve);
    this.#child.send({ ask, ...request });
    return await promise.finally(() => this.#answers.delete(ask));
  }

  get #isDead(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Pushes so many jobs a second until it is stopped. A push that fails is not repeated: the next ones go on. */
  load({ perSecond, make }: LoadPlan): Load {
    let isOver = false;
    let owed = 0;
    const loop = async (): Promise<void> => {
      let last = performance.now();
      while (!isOver && !this.#isDead) {
        owed += ((performance.now() - last) / 1000) * perSecond;
        last = performance.now();
        const orders = Array.from({ length: Math.floor(owed) }, make);
        owed -= orders.length;
        if (orders.length > 0) await this.push(orders);
        await Bun.sleep(PUSH_EVERY_MS);
      }
    };
    const running = loop();
    return {
      stop: async () => {
        isOver = true;
        await running;
      },
    };
  }
}

export interface LoadPlan {
  readonly perSecond: number;
  readonly make: () => Order;
}

export interface Load {
  /** Resolves when the last push has been answered. */
  stop(): Promise<void>;
}

/** What runs a command so that a file that may not grow gives it an error, as a full disk does, and no signal. */
export const FULL_DISK_IS_AN_ERROR = ["sh", "-c", 'trap "" XFSZ; exec "$@"', "sh"] as const;

/** Every scenario has one queue. */
export const QUEUE = "q";
