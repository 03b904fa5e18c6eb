import { type QueueConfig, defaultQueue, valuesOf } from "../../src/config/config.ts";
import { JobRegistry } from "../../src/config/job-registry.ts";
import type { Driver } from "../../src/driver/driver.ts";
import type { MasterToWorker } from "../../src/process/protocol.ts";
import { FILE_PREFIX } from "../../src/process/boards.ts";
import { hostClock } from "../../src/process/clock.ts";
import type { MasterRole, Role, WorkerRole } from "../../src/process/role.ts";
import { Master } from "../../src/process/master/master.ts";
import { Masters, type ServiceRun, giveBack, ownersOf } from "../../src/process/manage/masters.ts";
import { AttemptRunner } from "../../src/process/worker/attempt.ts";
import { PushedCode } from "../../src/process/worker/pushed-code.ts";
import type { Marks } from "../../src/process/worker/runner.ts";
import { actorOf } from "../../src/process/worker/worker.ts";
import { ModelDriver } from "../model/driver.ts";
import { ModelStore } from "../model/store.ts";
import { NO_SECRETS, configOf } from "../support/configuration.ts";
import { SimulatedBoards } from "./boards.ts";
import { perform } from "./plan.ts";
import { SimulatedProcess } from "./process.ts";
import { QUEUE, type World } from "./world.ts";

/** A manage that ended without being told to is started again so much later. */
const RESTART_MS = [10, 200] as const;
/** A store notices so late that a process is gone. */
const NOTICE_MS = [0, 300] as const;
const HOG_BYTES = 2 ** 40;

/** What of a queue's configuration a schedule chooses. */
export type QueueSketch = Partial<QueueConfig>;

const NO_STORE: Driver = new ModelDriver(new ModelStore(hostClock, { grants: false }));
const NO_MARKS: Marks = { began: () => undefined, ended: () => undefined };
const CODE = new PushedCode(NO_SECRETS, "/");

/** One service on one host: the real masters and workers, and as much of manage as starts and ends them. */
export class SimulatedService {
  readonly #world: World;
  readonly #host: number;
  #queue: QueueConfig;
  /** So many workers fail to start from now on. */
  badBoots = 0;
  #runs = 0;
  #run: Run | undefined;
  /** The run that could not give its name back. */
  #unreleased: string | undefined;
  #isWanted = true;

  constructor(world: World, host: number, queue: QueueSketch) {
    this.#world = world;
    this.#host = host;
    this.#queue = { ...defaultQueue(QUEUE), ...queue };
  }

  get isUp(): boolean {
    return this.#run?.state === "up";
  }

  /** As a command or a signal does, once the service is up. */
  command(give: (masters: Masters) => unknown): void {
    const run = this.#run;
    if (run?.state === "up") run.process.run(() => void give(run.masters));
  }

  /** The configuration has changed in this, and the service is told so. */
  reload(change: QueueSketch): void {
    this.#queue = { ...this.#queue, ...change };
    this.command((masters) => masters.reload([valuesOf(this.#queue)]));
  }

  start(): void {
    if (this.#run !== undefined) return;
    const incarnation = `h${this.#host}r${++this.#runs}`;
    const process = new SimulatedProcess(this.#world, this.#host, "manage");
    const store = connect(process);
    const hooks = { onUp: () => this.#up(), onBroken: () => this.#broken(), onGone: () => void this.#end() };
    const place = { clock: process.clock, spawn: process.spawn.bind(process), config: undefined };
    const predecessors = this.#predecessors();
    const masters = new Masters([valuesOf(this.#queue)], { incarnation, predecessors }, place, hooks);
    this.#run = { incarnation, predecessors, process, store, masters, state: "starting" };
    process.atDeath(() => this.#gone());
    masters.start();
  }

  /** Ends the service as a command does; it stays away until {@link resume}. */
  end(how: "stop" | "kill"): void {
    this.#isWanted = false;
    const run = this.#run;
    if (run === undefined) return;
    run.state = "ending";
    run.process.run(() => (how === "stop" ? run.masters.stop() : run.masters.kill()));
  }

  /** Starts it, now or when it has ended. */
  resume(): void {
    this.#isWanted = true;
    this.start();
  }

  boot(process: SimulatedProcess, role: Role): void {
    if (role.role === "master") bootMaster(process, role, this.#queue);
    else if (this.badBoots > 0 && this.isUp) this.#bootBadly(process);
    else if (role.role === "worker") bootWorker(process, role, this.#queue);
  }

  #bootBadly(process: SimulatedProcess): void {
    this.badBoots--;
    if (this.#world.dice.chance(0.5)) return process.exit(1);
    process.toParent?.send({ say: "broken", error: { name: "Error", message: "cannot start" } });
    process.leave(1);
  }

  /** What a manage finds of those before it: their boards, and the name that none of them gave back. */
  #predecessors(): readonly string[] {
    const boards = [...this.#world.boardsOf(this.#host).keys()];
    const dead = new Set(boards.map((name) => name.slice(FILE_PREFIX.length).split(".")[0] ?? ""));
    if (this.#unreleased !== undefined) dead.add(this.#unreleased);
    return [...dead];
  }

  #up(): void {
    if (this.#run?.state !== "starting") return;
    this.#run.state = "up";
    this.#world.trace(this.#run.process, () => "is up");
    this.#sweep(ownersOf(this.#run.incarnation));
  }

  #sweep(living: string | undefined): void {
    const boards = this.#world.boardsOf(this.#host);
    const isLiving = (name: string): boolean => living !== undefined && name.startsWith(`${FILE_PREFIX}${living}`);
    for (const name of boards.keys()) if (!isLiving(name)) boards.delete(name);
  }

  /** A service that cannot come up ends. */
  #broken(): void {
    if (this.#run?.state === "starting") this.#run.masters.kill();
  }

  async #end(): Promise<void> {
    if (this.#run === undefined) return;
    const { process, store, masters, incarnation } = this.#run;
    try {
      const place = { boards: new SimulatedBoards(process), clock: process.clock };
      await giveBack(store, masters.queues, this.#run, place);
      if (process.acts()) this.#sweep(undefined);
      this.#unreleased = undefined;
    } catch {
      this.#unreleased = incarnation;
    }
    process.exit(0);
  }

  #gone(): void {
    const { process, incarnation } = this.#run ?? {};
    if (process?.fate === "fault") this.#unreleased = incarnation;
    this.#run = undefined;
    const { timeline, dice } = this.#world;
    timeline.after(dice.between(...RESTART_MS), () => this.#isWanted && this.start());
  }
}

interface Run extends ServiceRun {
  readonly process: SimulatedProcess;
  readonly store: Driver;
  readonly masters: Masters;
  state: "starting" | "up" | "ending";
}

function connect(process: SimulatedProcess): Driver {
  const { world } = process;
  const driver = new ModelDriver(world.store, world.line.carryFor(process));
  process.atDeath(() => {
    world.timeline.after(world.dice.between(...NOTICE_MS), () => world.store.forgetAllOf(driver));
  });
  return driver;
}

function bootMaster(process: SimulatedProcess, role: MasterRole, queue: QueueConfig): void {
  const store = connect(process);
  process.owner = role.owner;
  const master = new Master(role, configOf(store, queue), {
    store,
    clock: process.clock,
    boards: new SimulatedBoards(process),
    spawn: process.spawn.bind(process),
    memoryOf: (pid) => (process.world.hogs.has(pid) ? HOG_BYTES : 0),
    tell: (message) => process.toParent?.send(message),
  });
  process.listen((message) => master.receive(message as Parameters<Master["receive"]>[0]));
  void master.ended.then(() => process.exit(0));
  void master.start();
}

function bootWorker(process: SimulatedProcess, role: WorkerRole, queue: QueueConfig): void {
  process.owner = role.owner;
  const registry = new JobRegistry();
  registry.add("jobs.ts", {
    work: (_: unknown, job: Parameters<typeof perform>[1]) => perform(process, job, "running"),
  });
  const attempt = new AttemptRunner(QUEUE, registry, CODE, (job) => perform(process, job, "failing"));
  const { sabotage } = process.world.options;
  if (sabotage === "boards are lost with their worker") {
    process.atDeath(() => process.world.boardsOf(process.host).delete(role.board));
  }
  const actor = actorOf(role, new SimulatedBoards(process).open(role.board), {
    clock: process.clock,
    channel: {
      tell: (message) => process.toParent?.send(message),
      leave: (code = 0, last = { say: "progress", failures: [] }) => {
        process.toParent?.send(last);
        process.leave(code);
      },
    },
    // Where its master takes for it, a worker never opens the store.
    config: configOf(role.mode === "grab" ? connect(process) : NO_STORE, queue),
    queue,
    attempt,
    marks: NO_MARKS,
  });
  process.listen((message) => actor.receive(message as MasterToWorker));
  process.stray = () => actor.stray();
  void actor.start().then(() => process.toParent?.send({ say: "ready" }));
}
