import type { Driver, QueueSettings, Taker } from "../../../src/driver/driver.ts";
import { DEFAULT_POLICY } from "../../../src/job/retry.ts";
import type { Mode } from "../../../src/job/state.ts";
import { TestQueue } from "./queue.ts";

/** A store for tests, empty at first. */
export interface Opened {
  /** Opens another connection to the same store. The tests close it. */
  connect(): Promise<Driver>;
  /** Ends the store and removes what it left behind. */
  end(): Promise<void>;
}

const MOMENT_MS = 50;

let queuesMade = 0;

/** One store that the tests of one mode share; every test has a queue of its own in it. */
export class World {
  readonly mode: Mode;
  readonly #open: () => Promise<Opened>;
  readonly #connections: Driver[] = [];
  #store: Opened | undefined;

  constructor(mode: Mode, open: () => Promise<Opened>) {
    this.mode = mode;
    this.#open = open;
  }

  async begin(): Promise<void> {
    this.#store = await this.#open();
    await this.connect();
  }

  async end(): Promise<void> {
    await Promise.all(this.#connections.map((driver) => driver.close()));
    await this.#store?.end();
  }

  /** So much later than a job is due may a taker be told to come: only in grab mode, where others may make it ready for it. */
  get momentMs(): number {
    return this.mode === "grab" ? MOMENT_MS : 0;
  }

  /** The connection that a test uses when it needs only one. */
  get driver(): Driver {
    const [first] = this.#connections;
    if (first === undefined) throw new Error("the store is not open yet");
    return first;
  }

  /** Another connection to the same store, closed at the end. */
  async connect(): Promise<Driver> {
    if (this.#store === undefined) throw new Error("the store is not open yet");
    const driver = await this.#store.connect();
    this.#connections.push(driver);
    return driver;
  }

  /** A registered queue that nobody else uses. */
  async queue(settings: Partial<QueueSettings> = {}): Promise<TestQueue> {
    const queue = this.unregistered();
    await this.driver.register(queue.name, this.settings(settings));
    return queue;
  }

  /** A queue that the store does not know yet. */
  unregistered(): TestQueue {
    queuesMade += 1;
    return new TestQueue(this.driver, `queue-${queuesMade}`, this.taker("owner"));
  }

  settings(settings: Partial<QueueSettings> = {}): QueueSettings {
    return { mode: this.mode, policy: DEFAULT_POLICY, maxSize: 1_000_000, keepFailed: 1_000, ...settings };
  }

  /** Takes as this mode does: the owner itself when it distributes, a worker of its when workers grab. */
  taker(owner: string): Taker {
    return this.mode === "grab" ? { owner, worker: `${owner}.1` } : { owner };
  }
}
