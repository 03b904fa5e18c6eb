import { BOARD_SLOTS } from "./board.ts";

/**
 * A worker is given ahead what it does in about so long. Each call to the store and each message costs what some jobs do, so
 * less would take from the cores; more would wait behind a slow job.
 */
const AHEAD_MS = 100;
/** What a worker has finished is told after so long at the latest, while others still wait in it. */
export const REPORT_MS = 50;
/** A message costs what jobs of so long do: with less than that, it is not sent to one more worker. */
const WORTHWHILE_MS = 0.5;
/** Most jobs in one worker's hands: enough that it goes on while its last report is on its way through the store. */
const MAX_CREDIT = 1_000;
/** Characters of envelopes ahead: what waits in a worker takes memory there and in its master, and each copy of it time. */
const AHEAD_CHARACTERS: number = 1024 * 1024;
/** How much of the average a new measurement makes up. */
const WEIGHT = 0.3;
/**
 * Jobs ahead for each that a worker has finished: a few quick ones first say little of the others, and what is in the hands of a
 * worker that dies has waited in vain.
 */
const AHEAD_PER_FINISHED = 2;

/** What is known of the jobs that a worker has finished. */
interface Known {
  readonly finished: number;
  /** How long one takes on average; undefined before the first. */
  readonly averageMs: number | undefined;
  /** How many characters their envelopes have on average. */
  readonly averageSize: number;
}

export interface CreditRule {
  readonly concurrency: number;
  readonly prefetch: "auto" | number;
}

/** How many jobs a worker may have in its hands, by what is known of those that it has finished. */
export function credit(rule: CreditRule, known: Known): number {
  const ahead = rule.prefetch === "auto" ? aheadOf(known) : rule.prefetch;
  return Math.min(BOARD_SLOTS, MAX_CREDIT + rule.concurrency, rule.concurrency * (1 + ahead));
}

/** How many jobs at once are worth a message, by how long they take on average. */
export function worthwhile(averageMs: number | undefined): number {
  if (averageMs === undefined) return 1;
  return Math.min(MAX_CREDIT, Math.max(1, Math.floor(WORTHWHILE_MS / Math.max(averageMs, 1e-3))));
}

function aheadOf({ finished, averageMs, averageSize }: Known): number {
  if (averageMs === undefined) return 0;
  const inTime = Math.floor(AHEAD_MS / Math.max(averageMs, 1e-3));
  const inSize = Math.floor(AHEAD_CHARACTERS / Math.max(averageSize, 1));
  return Math.min(MAX_CREDIT, AHEAD_PER_FINISHED * finished, inTime, inSize);
}

/** Running averages: how long jobs take, from the totals that a board keeps, and how large they are. */
export class Pace implements Known {
  finished = 0;
  #busyMs = 0;
  averageMs: number | undefined;
  averageSize = 0;

  /** These jobs came, together. */
  came(jobs: readonly { readonly envelope: string }[]): void {
    if (jobs.length === 0) return;
    const sum = jobs.reduce((total, { envelope }) => total + envelope.length, 0);
    const recent = sum / jobs.length;
    // More of larger ones than expected is what there would be no room for, so they count at once.
    this.averageSize = Math.max(recent, this.averageSize * (1 - WEIGHT) + recent * WEIGHT);
  }

  update(totals: { readonly finished: number; readonly busyMs: number }): void {
    const finished = totals.finished - this.finished;
    if (finished <= 0) return;
    const recent = (totals.busyMs - this.#busyMs) / finished;
    this.averageMs = this.averageMs === undefined ? recent : this.averageMs * (1 - WEIGHT) + recent * WEIGHT;
    this.finished = totals.finished;
    this.#busyMs = totals.busyMs;
  }
}
