/** How long to wait before the next try: a fixed number of milliseconds, or a backoff that grows with the attempts. */
export type RetryDelay = number | Backoff;

/** A delay of `baseMs`, doubled with each failed attempt, at most `maxMs`, less a random part of up to `jitter` of it. */
export interface Backoff {
  readonly type: "exponential";
  readonly baseMs: number;
  readonly maxMs: number;
  /** From 0 (exact) to 1 (anywhere between nothing and the whole delay). */
  readonly jitter: number;
}

/** What a job does when a run of it fails. Fixed when the job is pushed, by the side that pushes. */
export interface RunPolicy {
  /** Milliseconds that a run may take; 0 means any time. */
  readonly timeoutMs: number;
  /** Failed runs that are tried again: the job runs at most `retries + 1` times. */
  readonly retries: number;
  readonly retryDelay: RetryDelay;
  /** Whether a run that timed out is tried again as well. */
  readonly retryOnTimeout: boolean;
}

/** The policy of a job for which neither its pusher, its class nor its queue says otherwise. */
export const DEFAULT_POLICY: RunPolicy = { timeoutMs: 120_000, retries: 3, retryDelay: 3_000, retryOnTimeout: false };

/** Milliseconds to wait after the `failed`-th failed attempt; `random` is a number from 0 up to 1. */
export function retryDelayMs(delay: RetryDelay, failed: number, random: number): number {
  if (typeof delay === "number") return delay;
  const full = Math.min(delay.maxMs, delay.baseMs * 2 ** Math.min(failed - 1, 50));
  return Math.round(full * (1 - delay.jitter * random));
}
