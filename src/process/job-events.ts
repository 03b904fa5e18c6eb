import type { Settlement } from "../driver/driver.ts";
import type { JobId } from "../job/id.ts";
import { emit } from "../telemetry/events.ts";

/** Tells what became of the jobs whose settlement the store has confirmed. */
export function emitSettled(queue: string, settled: readonly Settlement[], lost: readonly JobId[]): void {
  for (const settlement of settled) {
    if (settlement.kind === "done" || settlement.kind === "release" || lost.includes(settlement.id)) continue;
    const attempt = settlement.record.attempts.at(-1);
    const { id: job } = settlement;
    if (settlement.kind === "failed") emit({ event: "job.failed", queue, job, error: attempt?.error });
    else if (attempt !== undefined) {
      const next =
        settlement.kind === "failing" ? "its failure callback runs" : `it runs again in ${settlement.delayMs / 1000} s`;
      emit({ event: "job.attempt-failed", queue, job, outcome: attempt.outcome, error: attempt.error, next });
    }
  }
  for (const job of lost) emit({ event: "job.lease-lost", queue, job });
}
