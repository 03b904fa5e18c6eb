import type { Exchange, ExchangeReply, QueueCounts, Recovery, StoredJob, Taker } from "../../src/driver/driver.ts";
import type { JobId } from "../../src/job/id.ts";
import type { Role } from "../../src/process/role.ts";
import { ModelQueue, type TakerMemory } from "../model/queue.ts";
import { ModelStore } from "../model/store.ts";
import type { BoardMemory } from "./boards.ts";
import type { Dice } from "./dice.ts";
import { Ledger } from "./ledger.ts";
import { Line } from "./line.ts";
import type { JobPlan } from "./plan.ts";
import type { SimulatedProcess } from "./process.ts";
import { Timeline } from "./timeline.ts";

/** The one queue of every schedule. */
export const QUEUE = "q";

/** The moment at which schedules begin, for people. */
const EPOCH_MS = Date.UTC(2030, 0, 1);

/** What everything else rests on, and does not do in a schedule that is sabotaged. */
export type Sabotage = "children outlive their parents" | "boards are lost with their worker" | "the store loses a job";

export interface WorldOptions {
  /** One for each host. */
  readonly queues: readonly unknown[];
  /** How many a board has. */
  readonly slots: number;
  readonly grants: boolean;
  /** Whether jobs are to begin in the order in which they were pushed. */
  readonly isOrdered: boolean;
  /** The acts, counted from the first, that whoever tries them dies of. */
  readonly lastActs: readonly number[];
  readonly trace?: (line: string) => void;
  readonly sabotage?: Sabotage;
  /** Becomes of a process what its role says. */
  readonly boot: (process: SimulatedProcess, role: Role) => void;
}

/** All that a schedule has: time, chance, the store, hosts with their processes and boards, and who keeps the books. */
export class World {
  readonly dice: Dice;
  readonly timeline: Timeline = new Timeline();
  readonly line: Line;
  readonly ledger: Ledger;
  readonly store: ModelStore;
  readonly options: WorldOptions;
  readonly processes: Set<SimulatedProcess> = new Set();
  /** Processes that use too much memory. */
  readonly hogs: Set<number> = new Set();
  readonly lastActs: Set<number>;
  readonly #boards: readonly BoardMemory[];
  #acts = 0;
  #pids = 0;
  #batches = 0;

  constructor(dice: Dice, options: WorldOptions) {
    this.dice = dice;
    this.options = options;
    this.lastActs = new Set(options.lastActs);
    this.#boards = options.queues.map(() => new Map() as BoardMemory);
    this.line = new Line(dice, this.timeline);
    this.ledger = new Ledger(this);
    const { timeline } = this;
    const clock = { wallNow: () => this.wallNow(), after: timeline.after.bind(timeline) };
    this.store = new ModelStore(clock, { grants: options.grants, queue: audited(this) });
  }

  wallNow(): number {
    return EPOCH_MS + Math.floor(this.timeline.now);
  }

  newPid(): number {
    return ++this.#pids;
  }

  isLastAct(): boolean {
    return this.lastActs.delete(++this.#acts);
  }

  boot(process: SimulatedProcess, role: Role): void {
    this.trace(process, () => "boots");
    this.options.boot(process, role);
  }

  boardsOf(host: number): BoardMemory {
    const boards = this.#boards[host];
    if (boards === undefined) throw new Error(`there is no host ${host}`);
    return boards;
  }

  get boardsLeft(): readonly string[] {
    return this.#boards.flatMap((boards) => [...boards.keys()]);
  }

  // ── What is done with the store from outside of the service

  push(plan: JobPlan, envelope: string): void {
    this.ledger.pushed(plan);
    const { id, priority, delayMs } = plan;
    const batch = { pusher: "pusher", number: ++this.#batches };
    this.store.make(QUEUE, (queue) => queue.push([{ id, envelope, priority, delayMs }], batch));
    if (this.options.sabotage === "the store loses a job") this.store.use(QUEUE, (queue) => queue.clean(1));
  }

  retryFailed(): void {
    const retried = this.store.use(QUEUE, (queue) => queue.retry(this.ledger.failed()));
    for (const id of retried) this.ledger.retried(id);
  }

  look(id: JobId): StoredJob | undefined {
    return this.store.use(QUEUE, (queue) => queue.get(id));
  }

  counts(): QueueCounts {
    return this.store.use(QUEUE, (queue) => queue.counts());
  }

  /** Tells what happens, to whoever reads a schedule. */
  trace(process: SimulatedProcess | undefined, what: () => string): void {
    this.options.trace?.(`${this.timeline.now.toFixed(3).padStart(12)} ${process?.title ?? ""} ${what()}`);
  }
}

/** The model of a queue, whose books the ledger keeps. */
function audited(world: World): typeof ModelQueue {
  const { ledger } = world;
  return class extends ModelQueue {
    override exchange(taker: Taker, wanted: Exchange, memory?: TakerMemory): ExchangeReply {
      const before = wanted.settle.length === 0 ? NOTHING : new Set(memory?.unheard);
      const reply = super.exchange(taker, wanted, memory);
      for (const settlement of wanted.settle) {
        const isRepeated = before.has(`${settlement.kind} ${settlement.token}`);
        if (!isRepeated && !reply.lost.includes(settlement.id)) ledger.settled(settlement);
      }
      world.trace(undefined, () => `store: ${nameOf(taker)} ${describe(wanted, reply)}`);
      return reply;
    }

    override recover(taker: Taker, how: Recovery): number {
      const count = super.recover(taker, how);
      const hasRival = world.options.queues.length > 1;
      if (how.onlyIfExpired === true && count > 0 && hasRival) ledger.leaseEnded(taker);
      world.trace(undefined, () => `store: ${nameOf(taker)} lost ${count} jobs (${how.as})`);
      return count;
    }
  };
}

const NOTHING: ReadonlySet<string> = new Set();

function nameOf({ owner, worker = "" }: Taker): string {
  return `${owner}${worker}`;
}

function describe({ settle, take }: Exchange, { taken, lost }: ExchangeReply): string {
  const settled = settle.map(({ id, kind }) => `${id} ${kind}${lost.includes(id) ? " (lost)" : ""}`);
  return `settles [${settled.join(", ")}], takes [${taken.map(({ id }) => id).join(", ")}] of ${take}`;
}
