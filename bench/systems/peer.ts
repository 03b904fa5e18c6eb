import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Ledger } from "../ledger.ts";
import type { RedisServer } from "../redis-server.ts";
import type { Child, World } from "../world.ts";
import { type Client, programOf, runPusher } from "./pusher.ts";
import { type How, type Jobs, type Run, type Shape, type System, queueName } from "./system.ts";

const MODULES: string = join(import.meta.dir, "../node_modules");

export interface PeerSetting {
  /** The package, and the name of its client in `clients/` where no other is named. */
  readonly product: string;
  readonly client?: string;
  /** What its name says of it, where that is not the number of processes and jobs. */
  readonly label?: string;
  readonly only?: readonly string[];
  readonly share: number;
  readonly runtime: string;
  readonly processes: number;
  readonly concurrency: number;
  readonly store: "redis" | "sqlite";
}

/** Where a peer keeps its jobs during one run. */
export interface PeerStore {
  /** Removed with the run. */
  readonly folder: string;
  readonly address: string;
  readonly redis: RedisServer | undefined;
  /** A server of the peer's own, ended with the run. */
  readonly server: Child | undefined;
}

/** The version of a peer's package, or undefined when it is not installed. */
export function versionOf(product: string): string | undefined {
  const file = join(MODULES, product, "package.json");
  if (!existsSync(file)) return undefined;
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

export class PeerSystem implements System {
  readonly product: string;
  readonly name: string;
  readonly store: "redis" | "sqlite";
  readonly pushesLike: string;
  readonly share: number;
  readonly only: readonly string[] | undefined;
  readonly missing: string | undefined;
  readonly #world: World;
  readonly #setting: PeerSetting;
  readonly #openStore: () => Promise<PeerStore>;

  constructor(world: World, setting: PeerSetting, openStore: () => Promise<PeerStore>) {
    const { product, processes, concurrency, label = `${processes} × ${concurrency}` } = setting;
    this.product = product;
    this.store = setting.store;
    this.name = `${product}, ${label}`;
    this.pushesLike = product;
    this.share = setting.share;
    this.only = setting.only;
    this.missing = versionOf(product) === undefined ? `${product} is not installed in bench/node_modules` : undefined;
    this.#world = world;
    this.#setting = setting;
    this.#openStore = openStore;
  }

  async open({ workers, queues = 1 }: Shape = {}): Promise<Run> {
    const own = this.#setting;
    const setting = workers === undefined ? own : { ...own, processes: workers, concurrency: 1 };
    return new PeerRun(this.#world, { ...setting, queues }, await this.#openStore());
  }
}

interface RunSetting extends PeerSetting {
  readonly queues: number;
}

/** Worker processes of a peer on Node or Bun, so many for each queue. */
class PeerRun implements Run {
  readonly ledger: Ledger;
  readonly redis: RedisServer | undefined;
  readonly #world: World;
  readonly #setting: RunSetting;
  readonly #folder: string;
  readonly #server: Child | undefined;
  readonly #client: Client;
  readonly #workers: Child[] = [];
  #ready = 0;

  constructor(world: World, setting: RunSetting, store: PeerStore) {
    this.#folder = store.folder;
    this.ledger = new Ledger(join(store.folder, "ledger"));
    this.redis = store.redis;
    this.#world = world;
    this.#setting = setting;
    this.#server = store.server;
    this.#client = {
      runtime: setting.runtime,
      file: `${setting.client ?? setting.product}.mjs`,
      address: store.address,
    };
  }

  push(how: How, count: number, jobs?: Jobs): Promise<number> {
    return runPusher(this.#world, this.#client, how, count, jobs);
  }

  left(): Promise<number> {
    return runPusher(this.#world, this.#client, "left");
  }

  async start(): Promise<void> {
    const { processes, queues, concurrency } = this.#setting;
    for (let n = 0; n < processes * queues; n++) {
      const setting = [queueName(n % queues), String(concurrency), this.ledger.folder];
      const worker = this.#world.spawn([...programOf("work", this.#client), ...setting]);
      this.#workers.push(worker);
      void this.#countWhenReady(worker);
    }
  }

  async isReady(): Promise<boolean> {
    this.checkAlive();
    return this.#ready === this.#workers.length;
  }

  checkAlive(): void {
    if (this.#workers.some((worker) => worker.exitCode !== null))
      throw new Error(`a worker of ${this.#setting.product} ended`);
  }

  pids(): readonly number[] {
    const server = this.#server === undefined ? [] : [this.#server.pid];
    return [...server, ...this.#workers.map((worker) => worker.pid)];
  }

  async roles(): Promise<ReadonlyMap<number, string>> {
    const workers = this.#workers.map(({ pid }) => [pid, "worker"] as const);
    return new Map([...workers, ...(this.#server === undefined ? [] : [[this.#server.pid, "server"] as const])]);
  }

  /** Peers wait for what they hold when they are asked to stop; nothing is worth waiting for here. */
  async close(): Promise<void> {
    for (const worker of this.#workers) worker.kill("SIGKILL");
    await Promise.all(this.#workers.map((worker) => worker.exited));
    if (this.#server !== undefined) await this.#world.stop(this.#server);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #countWhenReady(worker: Child): Promise<void> {
    for await (const chunk of worker.stdout) {
      if (new TextDecoder().decode(chunk).includes("ready")) this.#ready++;
    }
  }
}
