import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { defaultQueue } from "../../src/config/config.ts";
import type { Driver } from "../../src/driver/driver.ts";
import { driverFromUrl } from "../../src/driver/open.ts";
import type { Mode } from "../../src/job/state.ts";
import { type ServiceStatus, askService } from "../../src/process/control.ts";
import { Ledger } from "../ledger.ts";
import type { RedisServer } from "../redis-server.ts";
import type { Child, World } from "../world.ts";
import { type Client, runPusher } from "./pusher.ts";
import { type How, type Jobs, type Run, type Shape, type System, queueName } from "./system.ts";

/** Where a run has one queue, or is asked of one. */
export const QUEUE: string = queueName(0);
export const BINARY: string = join(import.meta.dir, "../../dist/mpq");
const METER: string = join(import.meta.dir, "../clients/meter.mjs");
const WORKERS = 2;

const HOLD = `import { appendFileSync } from "node:fs";
/** The first run holds on for ever; each run says when it began. */
export async function hold(data, job) {
  appendFileSync(data.file, JSON.stringify({ pid: process.pid, attempt: job.attempt, at: performance.timeOrigin + performance.now() }) + "\\n");
  if (job.attempt === 1) await new Promise(() => setInterval(() => undefined, 1000));
}
`;

export class MpqSystem implements System {
  readonly product = "mpq";
  readonly missing = undefined;
  readonly name: string;
  readonly store: "redis" | "sqlite";
  readonly pushesLike: string;
  readonly share: number;
  readonly #world: World;
  readonly #mode: Mode;

  constructor(world: World, store: "redis" | "sqlite", mode: Mode) {
    this.#world = world;
    this.store = store;
    this.#mode = mode;
    const label = store === "redis" ? "Redis" : "SQLite";
    this.name = `mpq ${label}, ${mode}`;
    this.pushesLike = this.name;
    this.share = store === "redis" ? 1 : 0.5;
  }

  async open({ workers = WORKERS, queues = 1 }: Shape = {}): Promise<MpqRun> {
    const folder = this.#world.newFolder();
    const redis = this.store === "redis" ? await this.#world.redis() : undefined;
    await redis?.empty();
    const run = new MpqRun(this.#world, { folder, redis, workers, queues });
    run.write(this.#mode);
    await run.register(this.#mode);
    return run;
  }
}

interface Place extends Required<Shape> {
  readonly folder: string;
  readonly redis: RedisServer | undefined;
}

/** A user's project in a folder of its own, and the compiled binary's service in it. */
export class MpqRun implements Run {
  readonly ledger: Ledger;
  readonly redis: RedisServer | undefined;
  readonly folder: string;
  readonly queues: readonly string[];
  readonly #workers: number;
  readonly #world: World;
  readonly #client: Client;
  #service: Child | undefined;

  constructor(world: World, { folder, redis, workers, queues }: Place) {
    this.#world = world;
    this.folder = folder;
    this.redis = redis;
    this.queues = Array.from({ length: queues }, (_, place) => queueName(place));
    this.#workers = workers;
    this.ledger = new Ledger(join(folder, "ledger"));
    const address = redis?.url ?? `sqlite:${join(folder, "jobs.db")}`;
    this.#client = { runtime: process.execPath, file: "mpq.ts", address };
  }

  get url(): string {
    return this.#client.address;
  }

  /** Writes the project: default settings, but for the workers and the mode. */
  write(mode: Mode): void {
    const options = {
      name: "bench",
      runDir: "./run",
      log: { level: "warn" },
      queues: Object.fromEntries(this.queues.map((name) => [name, { workers: this.#workers, mode }])),
    };
    writeFileSync(join(this.folder, "mpq.config.mjs"), `export default ${JSON.stringify(options)};\n`);
    mkdirSync(join(this.folder, "jobs"));
    const noop = `import { meter } from ${JSON.stringify(METER)};\nexport const noop = meter(${JSON.stringify(this.ledger.folder)});\n`;
    writeFileSync(join(this.folder, "jobs", "noop.ts"), noop);
    writeFileSync(join(this.folder, "jobs", "hold.ts"), HOLD);
  }

  /** Makes the queues known as a first start of the service does, so that jobs wait where their mode keeps them. */
  async register(mode: Mode): Promise<void> {
    const { policy, maxSize, keepFailed } = defaultQueue(QUEUE);
    await this.#ofEach((driver, name) => driver.register(name, { mode, policy, maxSize, keepFailed }));
  }

  /** Lets no worker take a job, or all of them again. */
  async pause(paused: "paused" | "running"): Promise<void> {
    await this.#ofEach((driver, name) => driver.pause(name, paused));
  }

  push(how: How, count: number, jobs?: Jobs): Promise<number> {
    return runPusher(this.#world, this.#client, how, count, jobs);
  }

  left(): Promise<number> {
    return runPusher(this.#world, this.#client, "left");
  }

  async start(): Promise<void> {
    const env = { ...process.env, MPQ_DRIVER_URL: this.url };
    this.#service = this.#world.spawn([BINARY, "worker:start"], { cwd: this.folder, env });
    void this.#service.stdout.text(); // read, lest the pipe fills
  }

  async isReady(): Promise<boolean> {
    const status = await this.#status();
    const workers = status?.processes.filter((one) => one.role === "worker") ?? [];
    return workers.length === this.#workers * this.queues.length && workers.every((one) => one.state === "idle");
  }

  checkAlive(): void {
    if (this.#service?.exitCode !== null) throw new Error("mpq worker:start ended");
  }

  pids(): readonly number[] {
    return this.#service === undefined ? [] : [this.#service.pid];
  }

  async roles(): Promise<ReadonlyMap<number, string>> {
    const status = await this.#status();
    return new Map(status?.processes.map(({ pid, role }) => [pid, role]));
  }

  async close(): Promise<void> {
    if (this.#service !== undefined) await this.#world.stop(this.#service);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #ofEach(act: (driver: Driver, queue: string) => Promise<void>): Promise<void> {
    const driver = await driverFromUrl(this.url).open();
    for (const name of this.queues) await act(driver, name);
    await driver.close();
  }

  async #status(): Promise<ServiceStatus | undefined> {
    this.checkAlive();
    try {
      const socket = join(this.folder, "run", "bench", "control.sock");
      return (await askService(socket, { ask: "status" })).reply as ServiceStatus;
    } catch {
      return undefined; // not up yet
    }
  }
}
