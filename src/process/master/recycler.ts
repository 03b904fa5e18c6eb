import type { QueueConfig } from "../../config/config.ts";
import { emit } from "../../telemetry/events.ts";
import type { Fleet } from "./fleet.ts";
import type { Intake } from "./intake.ts";
import { recycling, useOf } from "./recycling.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** What workers use is looked at so often. */
const LOOK_MS = 1_000;

/** Replaces workers that reached a limit: after their present runs, or at once when they use far too much memory. */
export class Recycler {
  readonly #queue: QueueConfig;
  readonly #fleet: Fleet;
  readonly #intake: Intake;
  readonly #warned = new WeakSet<WorkerHandle>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(queue: QueueConfig, fleet: Fleet, intake: Intake) {
    this.#queue = queue;
    this.#fleet = fleet;
    this.#intake = intake;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    for (const worker of this.#fleet.workers) {
      if (worker.state === "ready" && worker.doom === undefined) this.#lookAt(worker);
    }
  }

  #lookAt(worker: WorkerHandle): void {
    const { name: queue, memoryLimitBytes: limit } = this.#queue;
    const { pid } = worker;
    const { memory, finished: done, ...use } = useOf(worker, this.#intake.isBusy(worker));
    switch (recycling(this.#queue, { memory, finished: done, ...use })) {
      case "keep":
        return;
      case "renew":
        emit({ event: "worker.renewed", queue, pid, memory, done });
        return void this.#fleet.renew(worker);
      case "kill":
        return worker.kill({ cause: "memory", usedBytes: memory, limitBytes: limit });
      case "warn":
        if (this.#warned.has(worker)) return;
        this.#warned.add(worker);
        emit({ event: "worker.near-limit", queue, pid, memory, limit });
    }
  }
}
