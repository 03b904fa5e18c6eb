import type { Settlement, TakenJob } from "../driver/driver.ts";
import type { JobId } from "../job/id.ts";

/** Jobs whose handler will not run again: their failure callback runs once the store has confirmed that it is to run. */
export class FailingJobs {
  readonly #jobs = new Map<JobId, TakenJob>();

  get size(): number {
    return this.#jobs.size;
  }

  /** Keeps the job when its settlement says that its callback is next. */
  note(job: TakenJob, settlement: Settlement): void {
    if (settlement.kind === "failing") this.#jobs.set(job.id, { ...job, record: settlement.record });
  }

  /** The jobs whose callback may run now: those that the store has confirmed, and that are still held. */
  confirmed(settled: readonly Settlement[], lost: readonly JobId[]): TakenJob[] {
    if (this.#jobs.size === 0) return [];
    const ready: TakenJob[] = [];
    for (const { kind, id, token } of settled) {
      const job = kind === "failing" ? this.#jobs.get(id) : undefined;
      if (job?.token !== token) continue;
      this.#jobs.delete(id);
      if (!lost.includes(id)) ready.push(job);
    }
    return ready;
  }
}
