import type { QueueValues } from "../../config/config.ts";
import type { ConsumerStore } from "../../driver/driver.ts";
import type { ErrorReport } from "../../errors.ts";
import type { ProcessStatus } from "../protocol.ts";
import { type Estate, MASTER_LOST, SERVICE_KILLED, recoverDead } from "../recovery.ts";
import { Seat, type SeatPlace } from "./seat.ts";

/** One run of the service, and those before it whose jobs its masters take back. */
export interface ServiceRun {
  readonly incarnation: string;
  readonly predecessors: readonly string[];
}

export type MastersPlace = Pick<SeatPlace, "clock" | "spawn" | "config">;

export interface MastersHooks {
  /** Every queue has had all of its workers ready. */
  onUp(): void;
  /** A queue cannot come up, for this reason; said only before it was up. */
  onBroken(queue: string, error: ErrorReport): void;
  /** After a stop, the last one is gone. */
  onGone(): void;
}

export interface ReloadFailure {
  readonly queue: string;
  readonly error: ErrorReport;
}

/** The masters of the service: one for each queue, each on a seat of its own. */
export class Masters {
  readonly #place: MastersPlace;
  readonly #run: ServiceRun;
  readonly #hooks: MastersHooks;
  readonly #seats = new Map<string, Seat>();
  #owners = 0;
  #quiet = false;
  #stopping = false;

  constructor(queues: readonly QueueValues[], run: ServiceRun, place: MastersPlace, hooks: MastersHooks) {
    this.#run = run;
    this.#place = place;
    this.#hooks = hooks;
    for (const values of queues) this.#seats.set(values.name, this.#newSeat(values));
  }

  get queues(): readonly QueueValues[] {
    return [...this.#seats.values()].map((seat) => seat.values);
  }

  start(): void {
    for (const seat of this.#seats.values()) seat.start();
  }

  /** Makes all queues take nothing new, or take again; also those of masters that come later. */
  setIntake(intake: "quiet" | "continue"): void {
    this.#quiet = intake === "quiet";
    for (const seat of this.#seats.values()) seat.setIntake(intake);
  }

  /** Asks every master to stop, and to give its running jobs as long as its queue says; `onGone` follows. */
  stop(): void {
    this.#stopping = true;
    for (const seat of this.#seats.values()) seat.stop();
    this.#lookIfGone();
  }

  /** Ends every master now; their workers end with them. `onGone` follows. */
  kill(): void {
    this.#stopping = true;
    for (const seat of this.#seats.values()) seat.kill();
    this.#lookIfGone();
  }

  /** The rows of all masters and workers. */
  async status(): Promise<readonly ProcessStatus[]> {
    return (await Promise.all([...this.#seats.values()].map((seat) => seat.status()))).flat();
  }

  /**
   * Replaces all workers, one queue after another, and goes by these values from then on: new queues begin, and those
   * that are no longer there stop. Gives the first queue that could not, and the reason; what was not reached yet stays.
   */
  async reload(queues: readonly QueueValues[]): Promise<ReloadFailure | undefined> {
    for (const values of queues) {
      const seat = this.#seats.get(values.name);
      const error = seat === undefined ? await this.#add(values) : await seat.reload(values);
      if (error !== undefined) return { queue: values.name, error };
    }
    const names = new Set(queues.map(({ name }) => name));
    for (const [name, seat] of this.#seats) if (!names.has(name)) seat.stop();
    return undefined;
  }

  /** Begins a queue. One whose workers cannot start is no part of the service. */
  async #add(values: QueueValues): Promise<ErrorReport | undefined> {
    if (this.#stopping) return undefined;
    const seat = this.#newSeat(values);
    this.#seats.set(values.name, seat);
    const started = seat.started();
    seat.start();
    const error = await started;
    if (error !== undefined) this.#remove(seat);
    return error;
  }

  #remove(seat: Seat): void {
    seat.stop();
    if (seat.isEmpty) this.#gone(seat);
  }

  #newSeat(values: QueueValues): Seat {
    const place = {
      ...this.#place,
      newOwner: () => `${ownersOf(this.#run.incarnation)}${++this.#owners}.`,
      isQuiet: () => this.#quiet,
    };
    const seat: Seat = new Seat(values, this.#run.predecessors.map(ownersOf), place, {
      onUp: () => {
        if ([...this.#seats.values()].every((each) => each.isUp)) this.#hooks.onUp();
      },
      onBroken: (error) => this.#hooks.onBroken(values.name, error),
      onGone: () => this.#gone(seat),
    });
    return seat;
  }

  #gone(seat: Seat): void {
    if (this.#stopping) return this.#lookIfGone();
    this.#seats.delete(seat.queue);
  }

  #lookIfGone(): void {
    if ([...this.#seats.values()].every((seat) => seat.isEmpty)) this.#hooks.onGone();
  }
}

/** Gives back what is left of a run of the service that is over, and of those before it that it may not have recovered. */
export async function giveBack(
  store: ConsumerStore,
  queues: readonly QueueValues[],
  run: ServiceRun,
  place: Pick<Estate, "boards" | "clock">,
): Promise<void> {
  for (const { name } of queues) {
    await recoverDead(store, name, { ...place, dead: run.predecessors.map(ownersOf), end: MASTER_LOST });
    await recoverDead(store, name, { ...place, dead: [ownersOf(run.incarnation)], end: SERVICE_KILLED });
  }
}

/** What the names of all owners of one run of a service begin with, and of no other run's. */
export function ownersOf(incarnation: string): string {
  return `${incarnation}.`;
}
