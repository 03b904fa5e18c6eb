import type { Driver } from "../../src/driver/driver.ts";
import type { Attempt, JobRecord } from "../../src/job/attempt.ts";
import { encodeEnvelope } from "../../src/job/envelope.ts";
import { DEFAULT_POLICY } from "../../src/job/retry.ts";

/** A job as the worker that gave it up left it. */
export interface GivenUp {
  readonly id: string;
  readonly name?: string;
  /** In place of an envelope that mpq wrote. */
  readonly envelope?: string;
  readonly attempts: readonly Attempt[];
}

const OWNER = { owner: "tester" } as const;

/** Puts failed jobs into the store, one after another, as a worker does. */
export async function putFailed(store: Driver, queue: string, jobs: readonly GivenUp[]): Promise<void> {
  for (const [index, { id, name = "broken", envelope, attempts }] of jobs.entries()) {
    const written = envelope ?? encodeEnvelope({ name, data: '{"n":1}', policy: DEFAULT_POLICY });
    const batch = { pusher: `tester-${id}`, number: index + 1 };
    await store.push(queue, [{ id, envelope: written, delayMs: 0, priority: "high" }], batch);
    const { taken } = await store.exchange(queue, OWNER, { settle: [], take: 1, leaseMs: 60_000 });
    const record: JobRecord = { phase: "failing", attempts, callbackTries: 0 };
    const settle = taken.map((job) => ({ kind: "failed" as const, id: job.id, token: job.token, record }));
    await store.exchange(queue, OWNER, { settle, take: 0, leaseMs: 60_000 });
  }
}

/** A run that threw. */
export function thrown(message: string, more: Partial<Attempt> = {}): Attempt {
  const error = { name: "Error", message, stack: `Error: ${message}\n    at handler` };
  return { outcome: "error", error, startedAt: "2026-01-02T03:04:05.678Z", seconds: 0.5, worker: "host:7", ...more };
}
