import type { ConsumerStore } from "../../driver/driver.ts";
import { emit } from "../../telemetry/events.ts";

/** Gives back the jobs of owners that are known to be dead: those whose names begin with one of `dead`. */
export async function recoverDead(store: ConsumerStore, queue: string, dead: readonly string[]): Promise<void> {
  if (dead.length === 0) return;
  for (const { owner } of await store.owners(queue)) {
    if (!dead.some((prefix) => owner.startsWith(prefix))) continue;
    report(queue, owner, await store.recover(queue, { owner }, { as: "interrupted" }));
  }
}

/** Gives back the jobs of other owners whose lease has ended by the store's clock. */
export async function recoverExpired(store: ConsumerStore, queue: string, self: string): Promise<void> {
  for (const { owner, endsInMs } of await store.owners(queue)) {
    if (owner === self || endsInMs > 0) continue;
    report(queue, owner, await store.recover(queue, { owner }, { as: "interrupted", onlyIfExpired: true }));
  }
}

function report(queue: string, owner: string, jobs: number): void {
  if (jobs > 0) emit({ event: "jobs.recovered", queue, owner, jobs });
}
