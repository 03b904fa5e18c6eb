import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Ledger } from "../ledger.ts";
import type { RedisServer } from "../redis-server.ts";
import type { Child, World } from "../world.ts";
import { type Client, programOf, runPusher } from "./pusher.ts";
import type { How, Run, System } from "./system.ts";

const MODULES: string = join(import.meta.dir, "../node_modules");

export interface PeerSetting {
  /** The package, and the name of its client in `clients/`. */
  readonly product: string;
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
  readonly missing: string | undefined;
  readonly #world: World;
  readonly #setting: PeerSetting;
  readonly #openStore: () => Promise<PeerStore>;

  constructor(world: World, setting: PeerSetting, openStore: () => Promise<PeerStore>) {
    const { product, processes, concurrency } = setting;
    this.product = product;
    this.store = setting.store;
    this.name = `${product}, ${processes} × ${concurrency}`;
    this.pushesLike = product;
    this.missing = versionOf(product) === undefined ? `${product} is not installed in bench/node_modules` : undefined;
    this.#world = world;
    this.#setting = setting;
    this.#openStore = openStore;
  }

  async open(): Promise<Run> {
    return new PeerRun(this.#world, this.#setting, await this.#openStore());
  }
}

/** Worker processes of a peer on Node or Bun. */
class PeerRun implements Run {
  readonly ledger: Ledger;
  readonly redis: RedisServer | undefined;
  readonly #world: World;
  readonly #setting: PeerSetting;
  readonly #folder: string;
  readonly #server: Child | undefined;
  readonly #client: Client;
  readonly #workers: Child[] = [];
  #ready = 0;

  constructor(world: World, setting: PeerSetting, store: PeerStore) {
    this.#folder = store.folder;
    this.ledger = new Ledger(join(store.folder, "ledger"));
    this.redis = store.redis;
    this.#world = world;
    this.#setting = setting;
    this.#server = store.server;
    this.#client = { runtime: setting.runtime, file: `${setting.product}.mjs`, address: store.address };
  }

  push(how: How, count: number): Promise<number> {
    return runPusher(this.#world, this.#client, how, count);
  }

  left(): Promise<number> {
    return runPusher(this.#world, this.#client, "left", 0);
  }

  async start(): Promise<void> {
    const command = [...programOf("work", this.#client), String(this.#setting.concurrency), this.ledger.folder];
    for (let n = 0; n < this.#setting.processes; n++) {
      const worker = this.#world.spawn(command);
      this.#workers.push(worker);
      void this.#countWhenReady(worker);
    }
  }

  async isReady(): Promise<boolean> {
    this.checkAlive();
    return this.#ready === this.#setting.processes;
  }

  checkAlive(): void {
    if (this.#workers.some((worker) => worker.exitCode !== null))
      throw new Error(`a worker of ${this.#setting.product} ended`);
  }

  pids(): readonly number[] {
    const server = this.#server === undefined ? [] : [this.#server.pid];
    return [...server, ...this.#workers.map((worker) => worker.pid)];
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
