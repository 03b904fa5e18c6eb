import type { WorkerHandle } from "./worker-handle.ts";

interface Crowded {
  readonly worker: WorkerHandle;
  /** Jobs in its hands that it can only begin when others have ended. */
  readonly waiting: number;
}

/** The worker in which most waits, if that is worth a message to another. */
export function mostCrowded(
  workers: Iterable<WorkerHandle>,
  waitingIn: (worker: WorkerHandle) => number,
): Crowded | undefined {
  let most: Crowded | undefined;
  for (const worker of workers) {
    const waiting = waitingIn(worker);
    if (waiting > (most?.waiting ?? 0)) most = { worker, waiting };
  }
  most?.worker.measure();
  return most !== undefined && most.waiting >= most.worker.worthwhile ? most : undefined;
}

/** How many of so many waiting jobs others get, so that each of them has as many as stay: at least one. */
export function partOf(waiting: number, others: number): number {
  return Math.max(1, Math.floor((waiting * others) / (others + 1)));
}
