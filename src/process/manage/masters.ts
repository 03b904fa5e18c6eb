import type { Config } from "../../config/config.ts";
import type { ErrorReport } from "../../errors.ts";
import { emit } from "../../telemetry/events.ts";
import { Backoff } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { ManageToMaster, MasterToManage, ProcessStatus } from "../protocol.ts";
import { type Child, type ChildExit, type Spawn, describeExit, sayTo } from "../role.ts";

/** A master that does not answer for so long is shown as one in error. */
const STATUS_MS = 1_000;

const MASTER_DIED: ErrorReport = {
  name: "Error",
  message: "the master ended meanwhile; its successor has fresh workers",
};

interface Seat {
  readonly queue: string;
  readonly backoff: Backoff;
  child: Child | undefined;
  bornMs: number;
  startedAt: Date;
  up: boolean;
  /** Owners of earlier masters, which the next one recovers first. */
  dead: string[];
}

/** One run of the service, and those before it whose jobs its masters take back. */
export interface ServiceRun {
  readonly incarnation: string;
  readonly predecessors: readonly string[];
}

export interface MastersPlace {
  readonly clock: Clock;
  readonly spawn: Spawn;
}

export interface MastersHooks {
  /** Every queue has had all of its workers ready. */
  onUp(): void;
  /** A queue cannot come up, for this reason; said only before it was up. */
  onBroken(queue: string, error: ErrorReport): void;
  /** After a stop, the last one is gone. */
  onGone(): void;
}

/** Keeps one master alive for each queue. A new one is told which owners are dead, so that it takes their jobs back. */
export class Masters {
  readonly #config: Config;
  readonly #clock: Clock;
  readonly #spawnRole: Spawn;
  readonly #incarnation: string;
  readonly #hooks: MastersHooks;
  readonly #seats: Seat[];
  readonly #asks = new Map<number, (processes: readonly ProcessStatus[]) => void>();
  readonly #reloads = new Map<number, (error: ErrorReport | undefined) => void>();
  #owners = 0;
  #ask = 0;
  #quiet = false;
  #stopping = false;

  constructor(config: Config, run: ServiceRun, place: MastersPlace, hooks: MastersHooks) {
    this.#config = config;
    this.#clock = place.clock;
    this.#spawnRole = place.spawn;
    this.#incarnation = run.incarnation;
    this.#hooks = hooks;
    this.#seats = [...config.queues.keys()].map((queue) => ({
      queue,
      backoff: new Backoff(),
      child: undefined,
      bornMs: 0,
      startedAt: new Date(place.clock.wallNow()),
      up: false,
      dead: run.predecessors.map(ownersOf),
    }));
  }

  start(): void {
    for (const seat of this.#seats) this.#spawn(seat);
  }

  /** Makes all queues take nothing new, or take again; also those of masters that come later. */
  setIntake(intake: "quiet" | "continue"): void {
    this.#quiet = intake === "quiet";
    for (const { child } of this.#seats) child?.send({ say: intake } satisfies ManageToMaster);
  }

  /** Asks every master to stop, and to give its running jobs as long as its queue says; `onGone` follows. */
  stop(): void {
    this.#stopping = true;
    for (const { queue, child } of this.#seats) {
      const withinMs = this.#config.queues.get(queue)?.stopTimeoutMs ?? 0;
      child?.send({ say: "stop", withinMs } satisfies ManageToMaster);
    }
    if (this.#seats.every((seat) => seat.child === undefined)) this.#hooks.onGone();
  }

  /** Ends every master now; their workers end with them. `onGone` follows. */
  kill(): void {
    this.#stopping = true;
    for (const { child } of this.#seats) child?.kill("SIGKILL");
    if (this.#seats.every((seat) => seat.child === undefined)) this.#hooks.onGone();
  }

  /** The rows of all masters and workers. A master that does not answer has one that says so. */
  async status(): Promise<readonly ProcessStatus[]> {
    return (await Promise.all(this.#seats.map((seat) => this.#statusOf(seat)))).flat();
  }

  /** Replaces all workers, one queue after another. Gives the first queue that could not, and the reason. */
  async reload(): Promise<{ readonly queue: string; readonly error: ErrorReport } | undefined> {
    for (const { queue, child } of this.#seats) {
      if (child === undefined) continue;
      const ask = ++this.#ask;
      const reloaded = new Promise<ErrorReport | undefined>((resolve) => this.#reloads.set(ask, resolve));
      child.send({ say: "reload", ask } satisfies ManageToMaster);
      const error = await Promise.race([reloaded, child.exited.then(() => MASTER_DIED)]);
      this.#reloads.delete(ask);
      if (error !== undefined) return { queue, error };
    }
    return undefined;
  }

  #spawn(seat: Seat): void {
    if (this.#stopping) return;
    const owner = `${ownersOf(this.#incarnation)}${++this.#owners}.`;
    seat.bornMs = this.#clock.now();
    seat.startedAt = new Date(this.#clock.wallNow());
    const role = {
      role: "master",
      config: this.#config.file,
      queue: seat.queue,
      owner,
      quiet: this.#quiet,
      dead: [...seat.dead],
    } as const;
    seat.child = this.#spawnRole(role, {
      // A master runs no user code but the configuration.
      onMessage: (said) => this.#receive(seat, said as MasterToManage),
      onExit: (exit) => this.#buried(seat, owner, exit),
    });
  }

  #receive(seat: Seat, message: MasterToManage): void {
    switch (message.say) {
      case "up":
        seat.up = true;
        seat.dead = [];
        if (this.#seats.every((each) => each.up)) this.#hooks.onUp();
        return;
      case "broken":
        return this.#hooks.onBroken(seat.queue, message.error);
      case "reloaded":
        this.#reloads.get(message.ask)?.(message.error);
        this.#reloads.delete(message.ask);
        return;
      case "status":
        this.#asks.get(message.ask)?.(message.processes);
        this.#asks.delete(message.ask);
    }
  }

  #buried(seat: Seat, owner: string, exit: ChildExit): void {
    seat.child = undefined;
    seat.dead.push(owner);
    if (this.#stopping) {
      if (this.#seats.every((each) => each.child === undefined)) this.#hooks.onGone();
      return;
    }
    const how = describeExit(exit);
    if (!seat.up)
      return this.#hooks.onBroken(seat.queue, {
        name: "Error",
        message: `the master ended ${how} before its queue was up`,
      });
    emit({ event: "master.died", queue: seat.queue, how });
    this.#clock.after(seat.backoff.afterDeath(this.#clock.now() - seat.bornMs), () => this.#spawn(seat));
  }

  async #statusOf(seat: Seat): Promise<readonly ProcessStatus[]> {
    const { child } = seat;
    if (child === undefined) return [silent(seat, 0)];
    const ask = ++this.#ask;
    return await new Promise((resolve) => {
      const cancel = this.#clock.after(STATUS_MS, () => {
        this.#asks.delete(ask);
        resolve([silent(seat, child.pid)]);
      });
      this.#asks.set(ask, (processes) => {
        cancel();
        resolve(processes);
      });
      if (!sayTo(child, { say: "status", ask } satisfies ManageToMaster)) this.#asks.get(ask)?.([silent(seat, 0)]);
    });
  }
}

/** What the names of all owners of one run of a service begin with, and of no other run's. */
export function ownersOf(incarnation: string): string {
  return `${incarnation}.`;
}

/** The row of a master that says nothing; pid 0 when there is none at present. */
function silent(seat: Seat, pid: number): ProcessStatus {
  const startedAt = seat.startedAt.toISOString();
  return {
    role: "master",
    queue: seat.queue,
    pid,
    state: "error",
    job: null,
    seconds: null,
    done: 0,
    memory: 0,
    startedAt,
  };
}
