import { systemMonotonicMs } from "./libc.ts";

/** How a process knows what time it is, and how it waits. Whoever needs either is given a clock and asks no other. */
export interface Clock {
  /** Milliseconds on one clock for all processes of this host: what the board's times are told in. Never goes back. */
  now(): number;
  /** Milliseconds since 1970, for what people read. May be set, so nothing is measured with it. */
  wallNow(): number;
  /** Calls back once, so many milliseconds from now and never before. Returns what takes that back. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back once when the event loop has turned: what has come in meanwhile was heard then. */
  turned(callback: () => void): void;
}

/** `performance.now()` starts with each process; this is what to add to it for the clock of the whole host. */
const offsetMs = (systemMonotonicMs() ?? performance.timeOrigin + performance.now()) - performance.now();

/** The real one. */
export const hostClock: Clock = {
  now: () => performance.now() + offsetMs,
  wallNow: () => Date.now(),
  after: (ms, callback) => {
    // Bun leaves the fraction of a millisecond out: whoever wakes before the time would only wait again.
    const timer = setTimeout(callback, Math.ceil(Math.max(0, ms)));
    return () => clearTimeout(timer);
  },
  turned: (callback) => void setImmediate(callback),
};

/** Resolves so many milliseconds from now. */
export function rest(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** When the host's clock began, for people. */
export function hostBornMs(clock: Clock): number {
  return clock.wallNow() - clock.now();
}

/** How long something has lasted that began at `startedMs`, and when that was for people. */
export function lasted(clock: Clock, startedMs: number): { readonly ms: number; readonly startedAt: Date } {
  const ms = clock.now() - startedMs;
  return { ms, startedAt: new Date(clock.wallNow() - ms) };
}
