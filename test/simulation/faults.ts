import type { SimulatedProcess } from "./process.ts";
import type { SimulatedService } from "./service.ts";
import { QUEUE, type World } from "./world.ts";

/** Something that goes wrong, or that an operator does, for a while. */
export interface Fault {
  readonly atMs: number;
  readonly forMs: number;
  readonly host: number;
  readonly what: FaultName;
}

export type FaultName =
  | "a worker is killed"
  | "the master is killed"
  | "manage is killed"
  | "a worker is suspended"
  | "the master is suspended"
  | "manage is suspended"
  | "a worker uses too much memory"
  | "workers do not start"
  | "the host is cut off"
  | "calls are lost"
  | "the service is stopped"
  | "the service is ended by force"
  | "the service is reloaded"
  | "the service is reloaded with other values"
  | "the service is quiet"
  | "the queue is paused"
  | "failed jobs are retried";

/** Where a fault happens. */
interface Place {
  readonly world: World;
  readonly service: SimulatedService;
  readonly host: number;
}

/** Begins a fault. What it returns ends it. */
type Begin = (place: Place) => (() => unknown) | undefined;

/** Every fault of which schedules are made. */
export const FAULTS: Readonly<Record<FaultName, Begin>> = {
  "a worker is killed": kill("worker"),
  "the master is killed": kill("master"),
  "manage is killed": kill("manage"),
  "a worker is suspended": suspend("worker"),
  "the master is suspended": suspend("master"),
  "manage is suspended": suspend("manage"),
  "a worker uses too much memory": ({ world, host }) => {
    const victim = anyOf(world, host, "worker");
    if (victim !== undefined) world.hogs.add(victim.pid);
    return undefined;
  },
  "workers do not start": ({ service, world }) => {
    service.badBoots = world.dice.whole(1, 3);
    return undefined;
  },
  "the host is cut off": ({ world, host }) => {
    world.line.cutOff.add(host);
    return () => world.line.cutOff.delete(host);
  },
  "calls are lost": ({ world }) => {
    world.line.lossRate = 0.3;
    return () => (world.line.lossRate = 0);
  },
  "the service is stopped": ({ service }) => {
    service.end("stop");
    return () => service.resume();
  },
  "the service is ended by force": ({ service }) => {
    service.end("kill");
    return () => service.resume();
  },
  "the service is reloaded": ({ service }) => {
    service.reload({});
    return undefined;
  },
  "the service is reloaded with other values": ({ service, world }) => {
    service.reload({ workers: world.dice.whole(1, 3), mode: world.dice.pick(["distribute", "grab"]) });
    return undefined;
  },
  "the service is quiet": ({ service }) => {
    service.command((masters) => masters.setIntake("quiet"));
    return () => service.command((masters) => masters.setIntake("continue"));
  },
  "the queue is paused": ({ world }) => {
    world.store.use(QUEUE, (queue) => queue.pause("paused"));
    return () => world.store.use(QUEUE, (queue) => queue.pause("running"));
  },
  "failed jobs are retried": ({ world }) => {
    world.retryFailed();
    return undefined;
  },
};

/** Causes faults, and ends them. */
export class Faults {
  readonly #world: World;
  readonly #services: readonly SimulatedService[];

  constructor(world: World, services: readonly SimulatedService[]) {
    this.#world = world;
    this.#services = services;
  }

  cause({ what, host, forMs }: Fault): void {
    const service = this.#services[host];
    if (service === undefined) return;
    this.#world.trace(undefined, () => `fault: ${what} (host ${host}, ${forMs.toFixed(1)} ms)`);
    const end = FAULTS[what]({ world: this.#world, service, host });
    if (end !== undefined) this.#world.timeline.after(forMs, () => void end());
  }

  /** From here on nothing goes wrong any more, and what was held up goes on. */
  end(): void {
    const world = this.#world;
    world.trace(undefined, () => "calm");
    world.lastActs.clear();
    world.hogs.clear();
    world.line.lossRate = 0;
    world.line.cutOff.clear();
    world.store.use(QUEUE, (queue) => queue.pause("running"));
    for (const process of world.processes) process.continue();
    for (const service of this.#services) {
      service.badBoots = 0;
      service.command((masters) => masters.setIntake("continue"));
      service.resume();
    }
  }
}

function kill(role: SimulatedProcess["role"]): Begin {
  return ({ world, host }) => {
    anyOf(world, host, role)?.die({ signal: "SIGKILL" }, "fault");
    return undefined;
  };
}

function suspend(role: SimulatedProcess["role"]): Begin {
  return ({ world, host }) => {
    const victim = anyOf(world, host, role);
    victim?.stop();
    return () => victim?.continue();
  };
}

function anyOf(world: World, host: number, role: SimulatedProcess["role"]): SimulatedProcess | undefined {
  const candidates = [...world.processes].filter((process) => process.host === host && process.role === role);
  return candidates.length === 0 ? undefined : world.dice.pick(candidates);
}
