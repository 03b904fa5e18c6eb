import type { QueueValues } from "../../config/config.ts";
import { emit } from "../../telemetry/events.ts";
import type { Clock } from "../clock.ts";
import type { Fleet } from "./fleet.ts";
import type { Intake } from "./intake.ts";
import { recycling } from "./recycling.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** A worker whose successor could not start is tried again so much later. */
const REST_MS = 30_000;
/** What workers use is looked at so often, and seldom while they do nothing. */
const LOOK_MS = 1_000;
const IDLE_LOOK_MS = 30_000;

export interface RecyclerPlace {
  readonly clock: Clock;
  /** Bytes of its own memory that a process uses. */
  readonly memoryOf: (pid: number) => number;
}

/** Replaces workers that reached a limit: after their present runs, or at once when they use far too much memory. */
export class Recycler {
  readonly #queue: () => QueueValues;
  readonly #fleet: Fleet;
  readonly #intake: Intake;
  readonly #place: RecyclerPlace;
  /** Until when a worker is not replaced, though it is at a limit. */
  readonly #resting = new WeakMap<WorkerHandle, number>();
  readonly #warned = new WeakSet<WorkerHandle>();
  #cancel: (() => void) | undefined;
  #isSeldom = false;
  /** How many jobs they had ended when they were last looked at. */
  #finished = 0;

  /** `queue` tells what holds now: a reload may change it. */
  constructor(queue: () => QueueValues, fleet: Fleet, intake: Intake, place: RecyclerPlace) {
    this.#queue = queue;
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

  /** Says that workers do something. */
  soon(): void {
    if (!this.#isSeldom) return;
    this.#cancel?.();
    this.#lookIn(LOOK_MS);
  }

  #lookIn(ms: number): void {
    this.#isSeldom = ms > LOOK_MS;
    this.#cancel = this.#place.clock.after(ms, () => this.#look());
  }

  #look(): void {
    const idleMs = Math.min(IDLE_LOOK_MS, this.#queue().maxAgeMs ?? IDLE_LOOK_MS);
    this.#lookIn(this.#isIdle() ? idleMs : LOOK_MS);
    for (const worker of this.#fleet.workers) {
      const isResting = this.#place.clock.now() < (this.#resting.get(worker) ?? 0);
      if (worker.state === "ready" && worker.doom === undefined) this.#lookAt(worker, isResting);
    }
  }

  /** Whether they did nothing since they were last looked at. */
  #isIdle(): boolean {
    const workers = [...this.#fleet.workers];
    const finished = workers.reduce((sum, worker) => sum + worker.board.totals().finished, 0);
    const isIdle = finished === this.#finished && !workers.some((worker) => this.#intake.isBusy(worker));
    this.#finished = finished;
    return isIdle;
  }

  /** When no successor can start, the worker stays, and is left alone for a while. */
  async #renew(worker: WorkerHandle): Promise<void> {
    this.#resting.set(worker, Number.POSITIVE_INFINITY);
    await this.#fleet.renew(worker);
    this.#resting.set(worker, this.#place.clock.now() + REST_MS);
  }

  #lookAt(worker: WorkerHandle, isResting: boolean): void {
    const limits = this.#queue();
    const { name: queue, memoryLimitBytes: limit } = limits;
    const { pid } = worker;
    const { finished: done } = worker.board.totals();
    const memory = this.#place.memoryOf(pid);
    const ageMs = this.#place.clock.now() - worker.bornMs;
    switch (recycling(limits, { finished: done, ageMs, memory, busy: this.#intake.isBusy(worker) })) {
      case "keep":
        return;
      case "renew":
        if (isResting) return;
        emit({ event: "worker.renewed", queue, pid, memory, done });
        return void this.#renew(worker);
      case "kill":
        return worker.kill({ cause: "memory", usedBytes: memory, limitBytes: limit });
      case "warn":
        if (this.#warned.has(worker)) return;
        this.#warned.add(worker);
        emit({ event: "worker.near-limit", queue, pid, memory, limit });
    }
  }
}
