/** Who has held the right to write for longer leaves it to others for a moment, in which their next try finds it free. */
const LONG_MS = 1;
const MOMENT_MS = 1;
/** Who has written within this time is likely to write again. */
const LIKELY_MS = 100;

/**
 * Whether other processes write to the file, and when this one may again. SQLite gives the right to write to whoever tries in
 * the moment in which it is free: one that works off a full queue would have it nearly always.
 */
export class Rivals {
  #version = 0;
  #likelyUntil = 0;
  #mayAt = 0;

  /** A transaction that began at `begun` has ended. `version` is SQLite's number, which others change by what they write. */
  wrote(begun: number, ended: number, version: number): void {
    if (version !== this.#version) this.#likelyUntil = ended + LIKELY_MS;
    this.#version = version;
    if (ended - begun > LONG_MS && ended < this.#likelyUntil) this.#mayAt = ended + MOMENT_MS;
  }

  /** For how many milliseconds others are to be let through, if at all. */
  pauseMs(now: number): number {
    return Math.max(0, this.#mayAt - now);
  }
}
