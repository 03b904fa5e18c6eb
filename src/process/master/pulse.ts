import { emit } from "../../telemetry/events.ts";
import type { Clock } from "../clock.ts";
import type { Fleet } from "./fleet.ts";
import type { Intake } from "./intake.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/**
 * Workers are looked at so often, and seldom while none holds a job. Silence is counted in looks and not by a clock: of a
 * time in which this process did not run itself nobody can say who was silent.
 */
const LOOK_MS = 1_000;
const IDLE_LOOK_MS = 10_000;
/** A worker that runs nothing and says nothing is asked to answer after so many looks. */
const ASK = 2;
/** One that was asked and says nothing for so many looks more hangs. */
const GIVE_UP = 10;

/** For how many looks a worker has been silent, and since how many it has been asked; undefined when it was not. */
export interface Silence {
  readonly looks: number;
  readonly asked: number | undefined;
}

export type Care = "none" | "ask" | "give-up";

/** Decides what to do about a worker that runs nothing and says nothing. */
export function careFor({ looks, asked }: Silence): Care {
  if (asked !== undefined) return asked >= GIVE_UP ? "give-up" : "none";
  return looks >= ASK ? "ask" : "none";
}

export interface PulsePlace {
  /** Has boards looked at from now on: a worker may run something that it could not come to tell. */
  readonly stir: () => void;
  readonly clock: Clock;
  readonly queue: string;
}

/**
 * Finds workers that hang outside of any run, which no timeout ends: code that a job left behind blocks them, or took
 * away their channel. What such a one holds would wait for ever, also what the store has given it and it has not read.
 */
export class Pulse {
  readonly #place: PulsePlace;
  readonly #fleet: Fleet;
  readonly #intake: Intake;
  readonly #silences = new WeakMap<WorkerHandle, Silence & { readonly words: number }>();
  #cancel: (() => void) | undefined;

  constructor(fleet: Fleet, intake: Intake, place: PulsePlace) {
    this.#fleet = fleet;
    this.#intake = intake;
    this.#place = place;
  }

  start(): void {
    this.#lookIn(LOOK_MS);
  }

  stop(): void {
    this.#cancel?.();
  }

  #lookIn(ms: number): void {
    this.#cancel = this.#place.clock.after(ms, () => this.#look());
  }

  #look(): void {
    const workers = [...this.#fleet.workers].filter(({ state, doom }) => state === "ready" && doom === undefined);
    for (const worker of workers) this.#lookAt(worker);
    const isBusy = workers.some((worker) => this.#intake.isBusy(worker));
    if (isBusy) this.#place.stir();
    const isAwaited = (worker: WorkerHandle): boolean => this.#silences.get(worker)?.asked !== undefined;
    this.#lookIn(isBusy || workers.some(isAwaited) ? LOOK_MS : IDLE_LOOK_MS);
  }

  #lookAt(worker: WorkerHandle): void {
    const { words } = worker;
    const before = this.#silences.get(worker);
    // What runs may block its worker for as long as its timeout lets it.
    if (before?.words !== words || isRunning(worker)) {
      this.#silences.set(worker, { words, looks: 0, asked: undefined });
      return;
    }
    const asked = before.asked === undefined ? undefined : before.asked + 1;
    const silence = { words, looks: before.looks + 1, asked };
    const care = careFor(silence);
    this.#silences.set(worker, care === "ask" ? { ...silence, asked: 0 } : silence);
    if (care === "ask") worker.send({ say: "report" });
    else if (care === "give-up") this.#giveUp(worker);
  }

  #giveUp(worker: WorkerHandle): void {
    emit({ event: "worker.silent", queue: this.#place.queue, pid: worker.pid });
    worker.kill({ cause: "silent" });
  }
}

function isRunning({ board }: WorkerHandle): boolean {
  return board.running().length > 0;
}
