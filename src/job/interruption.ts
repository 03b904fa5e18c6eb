import { type Attempt, type JobRecord, NEW_RECORD } from "./attempt.ts";

/** A job that lost its owner so often, by no fault that could be shown, is taken for the cause and fails. */
export const MAX_INTERRUPTIONS = 10;

/** Nobody is left to say when it began, or whether it had begun at all. */
const COUNTED: Attempt = {
  outcome: "lease-lost",
  error: {
    name: "LeaseLost",
    message: "its master or its host died, or was cut off from the store, while the job was in its hands",
  },
};

/**
 * What is known of a job, with an attempt for each owner that it lost and that the store could only count. Those that its
 * record tells of already are not told twice; what is lost while its failure callback runs is no run of the job.
 */
export function withInterruptions(record: JobRecord | undefined, interruptions: number): JobRecord | undefined {
  if (interruptions === 0 || record?.phase === "failing") return record;
  const { attempts, ...rest } = record ?? NEW_RECORD;
  const told = attempts.filter(({ outcome, worker }) => outcome === "lease-lost" && worker === undefined);
  if (told.length >= interruptions) return record;
  return { ...rest, attempts: [...attempts, ...Array<Attempt>(interruptions - told.length).fill(COUNTED)] };
}

/** The record of a job that has lost too many owners to be run once more, with the reason; undefined for any other. */
export function takenForTheCause(record: JobRecord): JobRecord | undefined {
  const lost = record.attempts.filter(({ outcome }) => outcome === "lease-lost").length;
  const last = record.attempts.at(-1);
  if (record.phase === "failing" || last === undefined || lost <= MAX_INTERRUPTIONS) return undefined;
  const message = `its master died or lost the store ${lost} times while this job was in its hands; the job is taken for the cause`;
  const attempts = record.attempts.with(-1, { ...last, error: { name: "Interrupted", message } });
  return { ...record, phase: "failing", attempts };
}
