import type { ErrorReport } from "../../errors.ts";
import { emit } from "../../telemetry/events.ts";
import { Backoff } from "../backoff.ts";
import type { Failure } from "../protocol.ts";
import { type ChildExit, type WorkerRole, describeExit } from "../role.ts";
import { GRACE_MS } from "./deadline-watch.ts";
import { WorkerHandle, type WorkerPlace } from "./worker-handle.ts";

export interface FleetHooks {
  onReady(worker: WorkerHandle): void;
  onProgress(worker: WorkerHandle, failures: readonly Failure[]): void;
  /** A worker is asked to leave: what it has not begun goes to others. */
  onLeaving(worker: WorkerHandle): void;
  /** A worker is gone. Its jobs are still in its hands. */
  onLost(worker: WorkerHandle, exit: ChildExit): void;
  /** A worker could not start, for this reason. */
  onBroken(error: ErrorReport): void;
}

export interface FleetPlan extends WorkerPlace {
  readonly size: number;
  /** How long a worker that leaves may finish what it runs. */
  readonly stopTimeoutMs: () => number;
  readonly role: Omit<WorkerRole, "worker" | "board" | "mark">;
}

/** One place in the fleet. Each has a back-off of its own, so that one broken worker does not slow down the others. */
interface Place {
  readonly backoff: Backoff;
  worker: WorkerHandle | undefined;
  /** Whether a successor of its worker is being started. */
  renewing: boolean;
  /** Takes back the start that its back-off has put off. */
  cancelRestart: (() => void) | undefined;
}

/** Keeps the wanted number of workers alive: one that dies is replaced at once, one that keeps dying ever later. */
export class Fleet {
  readonly #plan: FleetPlan;
  readonly #hooks: FleetHooks;
  readonly #workers = new Set<WorkerHandle>();
  readonly #places: Place[];
  #born = 0;
  #stopping = false;
  #gone: (() => void) | undefined;

  constructor(plan: FleetPlan, hooks: FleetHooks) {
    this.#plan = plan;
    this.#hooks = hooks;
    this.#places = Array.from({ length: plan.size }, newPlace);
  }

  get workers(): ReadonlySet<WorkerHandle> {
    return this.#workers;
  }

  get allReady(): boolean {
    return this.#places.every((place) => place.worker?.state === "ready");
  }

  start(): void {
    for (const place of this.#places) this.#fill(place);
  }

  /** Asks every worker to leave, and resolves when all are gone. Those that start are not waited for. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const place of this.#places) place.cancelRestart?.();
    for (const worker of this.#workers) {
      if (worker.state === "starting") worker.kill({ cause: "stop" });
      else worker.stop();
    }
    if (this.#workers.size > 0) await new Promise<void>((resolve) => (this.#gone = resolve));
  }

  /** Ends those that have not left yet. */
  endLate(): void {
    for (const worker of this.#workers) this.#endLate(worker);
  }

  /**
   * Replaces every worker, one after another, each after its present runs. Stops at the first successor that cannot
   * start, and gives the reason; its predecessor and all others stay.
   */
  async renewAll(): Promise<ErrorReport | undefined> {
    for (const place of this.#places) {
      const broken = place.worker === undefined ? undefined : await this.renew(place.worker);
      if (broken !== undefined) return broken;
    }
    return undefined;
  }

  /** Adds workers, or lets the last ones leave. Resolves when they are there, or gone; gives why one could not start. */
  async resize(size: number): Promise<ErrorReport | undefined> {
    const surplus = this.#places.splice(size).flatMap(({ worker }) => worker ?? []);
    const added = Array.from({ length: size - this.#places.length }, newPlace);
    this.#places.push(...added);
    for (const place of added) this.#fill(place);
    await Promise.all(surplus.map(async (worker) => await this.#dismiss(worker)));
    const started = await Promise.all(added.flatMap((place) => place.worker?.started ?? []));
    return started.find((broken) => broken !== undefined);
  }

  /** Replaces a worker without a gap: its successor is ready before it is asked to leave. Resolves when it is gone. */
  async renew(worker: WorkerHandle): Promise<ErrorReport | undefined> {
    const place = this.#places.find((one) => one.worker === worker);
    if (place === undefined || place.renewing || this.#stopping) return undefined;
    place.renewing = true;
    // A worker that is dead has its successor now, and needs no other one later.
    place.cancelRestart?.();
    const successor = this.#spawn(place);
    const broken = await successor.started;
    place.renewing = false;
    if (broken !== undefined) {
      if (!this.#workers.has(worker)) this.#refill(place, worker);
      return broken;
    }
    place.worker = successor;
    if (this.#workers.has(worker)) await this.#dismiss(worker);
    return undefined;
  }

  async #dismiss(worker: WorkerHandle): Promise<void> {
    if (worker.state === "starting") return worker.kill({ cause: "stop" });
    worker.stop();
    this.#hooks.onLeaving(worker);
    const cancel = this.#plan.clock.after(this.#plan.stopTimeoutMs(), () => this.#endLate(worker));
    await worker.gone;
    cancel();
  }

  #fill(place: Place): void {
    if (!this.#stopping && this.#places.includes(place)) place.worker = this.#spawn(place);
  }

  #spawn(place: Place): WorkerHandle {
    const role = { ...this.#plan.role, worker: String(++this.#born) };
    const worker = new WorkerHandle(role, this.#plan, {
      onReady: (ready) => this.#ready(ready),
      onBroken: (_worker, error) => this.#hooks.onBroken(error),
      onProgress: (progressing, failures) => this.#hooks.onProgress(progressing, failures),
      onExit: (dead, exit) => this.#buried(place, dead, exit),
    });
    this.#workers.add(worker);
    return worker;
  }

  #ready(worker: WorkerHandle): void {
    const { clock, role } = this.#plan;
    const seconds = Math.round(clock.now() - worker.bornMs) / 1000;
    emit({ event: "worker.ready", queue: role.queue, pid: worker.pid, seconds });
    this.#hooks.onReady(worker);
  }

  #buried(place: Place, worker: WorkerHandle, exit: ChildExit): void {
    this.#workers.delete(worker);
    if (this.#stopping || worker.state === "leaving") {
      emit({ event: "worker.left", queue: this.#plan.role.queue, pid: worker.pid, how: describeExit(exit) });
    }
    if (worker.state === "starting" && worker.brokenBy === undefined && !this.#stopping) {
      this.#hooks.onBroken({ name: "Error", message: `a worker ended ${describeExit(exit)} before it was ready` });
    }
    this.#hooks.onLost(worker, exit);
    if (this.#stopping) {
      if (this.#workers.size === 0) this.#gone?.();
      return;
    }
    if (place.worker === worker && !place.renewing) this.#refill(place, worker);
  }

  #refill(place: Place, worker: WorkerHandle): void {
    // One that did its work and was killed for a job's sake is no worker that cannot start.
    const lived = worker.state === "starting" ? this.#plan.clock.now() - worker.bornMs : Number.POSITIVE_INFINITY;
    const delayMs = place.backoff.afterDeath(lived);
    if (delayMs === 0) return this.#fill(place);
    place.cancelRestart = this.#plan.clock.after(delayMs, () => this.#fill(place));
  }

  /** Ends a worker whose time is over: its runs are told, and shortly after it is killed. */
  #endLate(worker: WorkerHandle): void {
    worker.abortAll();
    this.#plan.clock.after(GRACE_MS, () => worker.kill({ cause: "stop" }));
  }
}

function newPlace(): Place {
  return { backoff: new Backoff(), worker: undefined, renewing: false, cancelRestart: undefined };
}
