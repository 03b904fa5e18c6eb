import { systemMonotonicMs } from "./libc.ts";

/** `performance.now()` starts with each process; this is what to add to it for the clock of the whole host. */
const offsetMs = (systemMonotonicMs() ?? performance.timeOrigin + performance.now()) - performance.now();

/** Milliseconds on one clock for all processes of this host: what the board's times are told in. Never goes back. */
export function hostNow(): number {
  return performance.now() + offsetMs;
}
