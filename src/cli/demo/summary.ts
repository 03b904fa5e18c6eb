import type { QueueCounts } from "../../driver/driver.ts";
import { bytes } from "../output.ts";
import type { LedgerEntry } from "./ledger.ts";

/** The worker that was killed. */
export interface Killed {
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What the demonstration knows by itself, and what the store says. */
export interface Facts {
  /** The ids that the pushes returned. */
  readonly pushed: readonly string[];
  readonly counts: QueueCounts;
  readonly killed: Killed | undefined;
  readonly seconds: number;
  readonly bytes: number;
}

export interface Summary {
  readonly ok: boolean;
  readonly text: string;
}

/** Compares what was pushed, what the store counts and what the jobs themselves wrote, and says it in words. */
export function summarise(facts: Facts, ledger: readonly LedgerEntry[]): Summary {
  const ended = new Set(ledger.filter((entry) => entry.step === "end").map((entry) => entry.job));
  const complete = facts.pushed.every((id) => ended.has(id)) && ended.size === facts.pushed.length;
  const repeated = repeatedJobs(ledger);
  const interrupted = facts.killed && interruptedJob(facts.killed.pid, ledger);
  const explained = repeated.every((job) => job === interrupted);
  const ok = complete && explained && facts.counts.done === facts.pushed.length;
  const packed = ledger.reduce((sum, entry) => sum + (entry.step === "end" ? entry.packed : 0), 0);
  const lines = [
    `${facts.pushed.length} files, ${bytes(facts.bytes)} (${bytes(packed)} compressed) in ${facts.seconds.toFixed(1)} s`,
    ...perWorker(ledger),
    killedLine(facts.killed, interrupted, ledger),
    `pushed ${facts.pushed.length} = done ${facts.counts.done}; the jobs' own ledger has ${ended.size} finished, ${repeated.length} run more than once`,
    ok
      ? "Nothing was lost, and nothing that was finished was run again."
      : "THESE NUMBERS DO NOT AGREE: please report this.",
  ];
  return { ok, text: lines.join("\n") };
}

function repeatedJobs(ledger: readonly LedgerEntry[]): string[] {
  const starts = new Map<string, number>();
  for (const entry of ledger) if (entry.step === "start") starts.set(entry.job, (starts.get(entry.job) ?? 0) + 1);
  return [...starts].filter(([, count]) => count > 1).map(([job]) => job);
}

function perWorker(ledger: readonly LedgerEntry[]): string[] {
  const jobs = new Map<number, number>();
  for (const entry of ledger) if (entry.step === "end") jobs.set(entry.pid, (jobs.get(entry.pid) ?? 0) + 1);
  return [...jobs].map(([pid, count]) => `  worker ${pid}: ${count} jobs`);
}

/** The job that a worker has begun and not ended: when it is killed there, the only one that may run again. */
export function interruptedJob(pid: number, ledger: readonly LedgerEntry[]): string | undefined {
  const own = ledger.filter((entry) => entry.pid === pid);
  const ended = new Set(own.filter((entry) => entry.step === "end").map((entry) => entry.job));
  return own.find((entry) => !ended.has(entry.job))?.job;
}

function killedLine(killed: Killed | undefined, job: string | undefined, ledger: readonly LedgerEntry[]): string {
  if (killed === undefined) return "No worker was killed: none was busy when half of the jobs were done.";
  if (job === undefined) return `Worker ${killed.pid} was killed between two jobs; none was run again.`;
  const again = ledger.find((entry) => entry.step === "start" && entry.job === job && entry.pid !== killed.pid);
  if (again === undefined) return `Worker ${killed.pid} was killed in job ${job}, which nobody ran again.`;
  return `Worker ${killed.pid} was killed in job ${job}; worker ${again.pid} ran it again ${Math.max(0, again.at - killed.at)} ms later.`;
}
