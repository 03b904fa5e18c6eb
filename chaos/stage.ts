import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { QueueOptions } from "../src/config/config.ts";
import { type TestRedis, startRedis } from "../test/support/redis.ts";
import type { Combination } from "../test/support/stores.ts";
import { until } from "../test/support/until.ts";
import { type Counts, type Pair, type Verdict, audit } from "./audit.ts";
import { Host } from "./host.ts";
import { Injuries } from "./injuries.ts";
import { Ledger } from "./ledger.ts";
import { Pusher, QUEUE } from "./pusher.ts";
import { type FailedJob, QueueView, STALL_MS } from "./queue-view.ts";
import type { Random } from "./random.ts";
import type { World } from "./world.ts";

export interface StagePlan {
  readonly combination: Combination;
  readonly random: Random;
  readonly effort: "short" | "long";
  /** Shows what is being done. */
  readonly say: (text: string) => void;
}

/** How long something took, beside what is promised. */
export interface Timing {
  readonly what: string;
  readonly ms: number;
  readonly promisedMs: number;
}

/** What else a host may have. */
export interface Surroundings {
  /** Queues beside the one that is audited. */
  readonly others?: Readonly<Record<string, QueueOptions>>;
  /** A command that all its processes are run by. */
  readonly under?: readonly string[];
}

/** What a scenario is given: a store, hosts with services on it, a pusher, and the means to injure them. */
export class Stage {
  readonly combination: Combination;
  readonly random: Random;
  readonly effort: "short" | "long";
  readonly say: (text: string) => void;
  /** The private server, on the Redis store. */
  readonly redis: TestRedis | undefined;
  readonly ledger: Ledger;
  readonly world: World;
  #url: string;
  #pusher: Pusher | undefined;
  readonly #hosts: Host[] = [];
  readonly #injuries: Injuries = new Injuries(this.#hosts);
  readonly #queue: QueueView;
  readonly #violations: string[] = [];
  readonly #timings = new Map<string, Timing>();
  readonly #excuses: ((pair: Pair) => boolean)[] = [];
  #concurrency = 1;
  #killsItself = false;

  private constructor(world: World, plan: StagePlan, redis: TestRedis | undefined) {
    this.world = world;
    this.combination = plan.combination;
    this.random = plan.random;
    this.effort = plan.effort;
    this.say = plan.say;
    this.redis = redis;
    this.#url = redis?.url ?? `sqlite:${join(world.folder, "store/jobs.db")}`;
    this.ledger = new Ledger(join(world.folder, "ledger.jsonl"));
    this.#queue = new QueueView(this.#hosts, this.ledger);
  }

  static async open(world: World, plan: StagePlan): Promise<Stage> {
    if (plan.combination.store === "sqlite") return new Stage(world, plan, undefined);
    const redis = await startRedis({ logfile: join(world.folder, "redis.log") });
    world.onEnd(() => redis.stop());
    return new Stage(world, plan, redis);
  }

  /** Where services and the pusher find the store. */
  get url(): string {
    return this.#url;
  }

  /** Lets them find it elsewhere, a proxy before it for example. To be called before there is a host or a push. */
  reach(url: string): void {
    this.#url = url;
  }

  /** Throws before there is a host. */
  get pusher(): Pusher {
    if (this.#pusher === undefined) throw new Error("the scenario has no host");
    return this.#pusher;
  }

  /** One of two figures, by how long the run may take. */
  span(short: number, long: number): number {
    return this.effort === "short" ? short : long;
  }

  /** A host whose service serves the queue with these options. The mode is the combination's. */
  host(name: string, queue: QueueOptions, { others = {}, under = [] }: Surroundings = {}): Host {
    const { mode } = this.combination;
    this.#concurrency = Math.max(this.#concurrency, queue.concurrency ?? 1);
    const all = Object.entries({ [QUEUE]: queue, ...others });
    const queues = Object.fromEntries(all.map(([key, options]) => [key, { mode, ...options }]));
    // Begins as well, to be there when the service is.
    this.#pusher ??= new Pusher(this.world, this.url);
    const host = new Host(this.world, { name, url: this.url, ledger: this.ledger.path, queues, under });
    this.#hosts.push(host);
    return host;
  }

  /** Sends a signal to a process of a service. One that ends it is remembered: its last run may have to be repeated. */
  signal(pid: number, signal: NodeJS.Signals): void {
    this.#injuries.signal(pid, signal);
  }

  /** Kills processes whose death ends others: these are remembered as well. */
  killWithChildren(host: Host, pids: readonly number[]): void {
    this.#injuries.killWithChildren(host, pids);
  }

  /** Declares that the service itself kills workers, whose last runs may have to be repeated. */
  serviceKillsWorkers(): void {
    this.#killsItself = true;
  }

  /** Declares which second runs the promise allows. */
  excuse(why: (pair: Pair) => boolean): void {
    this.#excuses.push(why);
  }

  /** Something that took so long, and what is promised on an idle machine. The longest of each kind counts. */
  timed(what: string, ms: number, promisedMs: number): void {
    const longest = Math.max(ms, this.#timings.get(what)?.ms ?? 0);
    this.#timings.set(what, { what, ms: longest, promisedMs });
  }

  get timings(): readonly Timing[] {
    return [...this.#timings.values()];
  }

  /** Something that must hold. */
  expect(holds: boolean, what: string): void {
    if (!holds) this.#violations.push(what);
  }

  counts(): Promise<Counts> {
    return this.#queue.counts();
  }

  /** The jobs that the store keeps as failed. */
  failed(): Promise<FailedJob[]> {
    return this.#queue.failed();
  }

  /** Waits until no job is left to do; throws when nothing moves for long. */
  drained(): Promise<void> {
    return this.#queue.drained();
  }

  /** Waits until the service has all of its workers again, and none too many. */
  async whole(host: Host, workers: number): Promise<void> {
    const isWhole = async (): Promise<boolean> => {
      const { processes } = await host.status();
      const states = processes.filter(({ role }) => role === "worker").map(({ state }) => state);
      return states.length === workers && states.every((state) => state === "idle" || state === "busy");
    };
    await until(`the service has ${workers} workers`, isWhole, STALL_MS);
    const running = host.pids("worker").length;
    this.expect(running === workers, `${running} workers run; expected ${workers}`);
  }

  /** No job has failed so far: nobody's death may be put down to a job. */
  async expectNoFailures(): Promise<void> {
    const { failed } = await this.counts();
    this.expect(failed === 0, `${failed} jobs failed`);
  }

  /** Lets the services finish, stops them, and gives the verdict. */
  async conclude(): Promise<Verdict> {
    await this.drained();
    for (const host of this.#hosts) await host.stop();
    await until("nothing is left running", () => this.world.strays().length === 0);
    const evidence = {
      pushes: this.pusher.told,
      lines: this.ledger.lines(),
      deaths: this.#injuries.killed,
      starts: this.#hosts.flatMap((host) => host.starts),
      counts: await this.counts(),
      failed: (await this.failed()).map((job) => job.id),
    };
    const verdict = audit(evidence, {
      concurrency: this.#concurrency,
      killsItself: this.#killsItself,
      excuses: (pair) => this.#excuses.some((excuse) => excuse(pair)),
    });
    const pushes = Object.fromEntries(evidence.pushes);
    writeFileSync(join(this.world.folder, "evidence.json"), JSON.stringify({ ...evidence, lines: undefined, pushes }));
    return { ...verdict, violations: [...this.#violations, ...verdict.violations] };
  }
}
