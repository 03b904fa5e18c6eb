import type { ErrorReport } from "../../errors.ts";
import { Backoff } from "../backoff.ts";
import { hostNow } from "../clock.ts";
import type { Failure } from "../protocol.ts";
import type { ChildExit, WorkerRole } from "../role.ts";
import { WorkerHandle } from "./worker-handle.ts";

export interface FleetHooks {
  onReady(worker: WorkerHandle): void;
  onProgress(worker: WorkerHandle, failures: readonly Failure[]): void;
  /** A worker is gone. Its jobs are still in its hands. */
  onLost(worker: WorkerHandle, exit: ChildExit): void;
  /** A worker could not start, for this reason. */
  onBroken(error: ErrorReport): void;
}

export interface FleetPlan {
  readonly size: number;
  /** Where boards are kept. */
  readonly folder: string;
  readonly role: Omit<WorkerRole, "worker" | "board">;
}

/** Keeps the wanted number of workers alive: one that dies is replaced at once, one that keeps dying ever later. */
export class Fleet {
  readonly #plan: FleetPlan;
  readonly #hooks: FleetHooks;
  readonly #workers = new Set<WorkerHandle>();
  /** One for each place in the fleet, so that one broken worker does not slow down the others' restarts. */
  readonly #places: { readonly backoff: Backoff; worker: WorkerHandle | undefined }[];
  readonly #restarts = new Set<ReturnType<typeof setTimeout>>();
  #born = 0;
  #stopping = false;
  #gone: (() => void) | undefined;

  constructor(plan: FleetPlan, hooks: FleetHooks) {
    this.#plan = plan;
    this.#hooks = hooks;
    this.#places = Array.from({ length: plan.size }, () => ({ backoff: new Backoff(), worker: undefined }));
  }

  get workers(): ReadonlySet<WorkerHandle> {
    return this.#workers;
  }

  get allReady(): boolean {
    return this.#places.every((place) => place.worker?.state === "ready");
  }

  start(): void {
    for (const index of this.#places.keys()) this.#spawn(index);
  }

  /** Asks every worker to leave, and resolves when all are gone. Those that start are not waited for. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#restarts) clearTimeout(timer);
    for (const worker of this.#workers) {
      if (worker.state === "starting") worker.kill();
      else worker.stop();
    }
    if (this.#workers.size > 0) await new Promise<void>((resolve) => (this.#gone = resolve));
  }

  killAll(): void {
    for (const worker of this.#workers) worker.kill();
  }

  #spawn(index: number): void {
    const place = this.#places[index];
    if (place === undefined || this.#stopping) return;
    const role = { ...this.#plan.role, worker: String(++this.#born) };
    const worker = new WorkerHandle(role, this.#plan.folder, {
      onReady: (ready) => this.#hooks.onReady(ready),
      onBroken: (_worker, error) => this.#hooks.onBroken(error),
      onProgress: (progressing, failures) => this.#hooks.onProgress(progressing, failures),
      onExit: (dead, exit) => this.#buried(index, dead, exit),
    });
    place.worker = worker;
    this.#workers.add(worker);
  }

  #buried(index: number, worker: WorkerHandle, exit: ChildExit): void {
    this.#workers.delete(worker);
    if (worker.state === "starting" && worker.brokenBy === undefined && !this.#stopping) {
      this.#hooks.onBroken({ name: "Error", message: `a worker ended ${describeExit(exit)} before it was ready` });
    }
    this.#hooks.onLost(worker, exit);
    if (this.#stopping) {
      if (this.#workers.size === 0) this.#gone?.();
      return;
    }
    this.#replace(index, worker);
  }

  #replace(index: number, worker: WorkerHandle): void {
    // One that did its work and was killed for a job's sake is no worker that cannot start.
    const lived = worker.state === "starting" ? hostNow() - worker.bornMs : Number.POSITIVE_INFINITY;
    const delayMs = this.#places[index]?.backoff.afterDeath(lived) ?? 0;
    if (delayMs === 0) return this.#spawn(index);
    const timer = setTimeout(() => {
      this.#restarts.delete(timer);
      this.#spawn(index);
    }, delayMs);
    this.#restarts.add(timer);
  }
}

export function describeExit(exit: ChildExit): string {
  return "signal" in exit ? `by ${exit.signal}` : `with exit code ${exit.code}`;
}
