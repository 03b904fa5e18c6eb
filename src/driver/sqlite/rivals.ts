import { closeSync, openSync, statSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Who held the right to write for longer leaves it to others for a moment, in which their next try finds it free. */
const LONG_MS = 1;
const MOMENT_MS = 1;
/** Who has written within this time is likely to write again. */
const LIKELY_MS = 100;

/** Who waits says so at each try, every millisecond or two: a sign that is older says nothing. */
const FRESH_MS = 4;
/** So many moments are left to those who wait, before each try: then it is one's own turn, whoever else may come. */
const MOST_MOMENTS = 4;

/**
 * The pause between two tries begins at a millisecond and grows with the wait: where few write, nobody misses the moments
 * in which the right to write is free, as SQLite's own wait does; where very many write, they leave each other the processor.
 * It is made random, so that rivals do not try in step.
 */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 25;
const SHARE_OF_WAIT = 0.05;

/**
 * The processes that write to one file, and when this one may. SQLite gives the right to write to whoever tries in the moment
 * in which it is free, so those that work off full queues would have it nearly always. Who needs it for a short time touches
 * a file when it finds it taken, and those that need it for long let it through.
 */
export class Rivals {
  readonly #sign: string;
  #isLong = false;
  #version = 0;
  #likelyUntil = 0;
  #mayAt = 0;

  /** `sign`: the file that is touched. */
  constructor(sign: string) {
    this.#sign = sign;
  }

  /** A transaction that began at `begun` has ended. `version` is SQLite's number, which others change by what they write. */
  wrote(begun: number, ended: number, version: number): void {
    if (version !== this.#version) this.#likelyUntil = ended + LIKELY_MS;
    this.#version = version;
    this.#isLong = ended - begun > LONG_MS;
    if (this.#isLong && ended < this.#likelyUntil) this.#mayAt = ended + MOMENT_MS;
  }

  /** Resolves when this process may try to write. */
  async turn(): Promise<void> {
    if (!this.#isLong) return;
    const early = this.#mayAt - performance.now();
    if (early > 0) await sleep(early);
    for (let moments = 0; moments < MOST_MOMENTS && this.#isAwaited(); moments++) await sleep(MOMENT_MS);
  }

  /** The file was locked, and has been for `waitedMs`: resolves when to try again. */
  async refused(waitedMs: number): Promise<void> {
    if (!this.#isLong) this.#touchSign();
    const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, waitedMs * SHARE_OF_WAIT));
    await sleep(pauseMs * (0.5 + Math.random()));
    await this.turn();
  }

  #isAwaited(): boolean {
    try {
      const touched = statSync(this.#sign, { throwIfNoEntry: false })?.mtimeMs;
      return touched !== undefined && Math.abs(Date.now() - touched) <= FRESH_MS;
    } catch {
      // Somebody put something in its way: nobody can say that he waits.
      return false;
    }
  }

  #touchSign(): void {
    const now = new Date();
    try {
      utimesSync(this.#sign, now, now);
    } catch {
      this.#makeSign();
    }
  }

  #makeSign(): void {
    try {
      closeSync(openSync(this.#sign, "a", 0o600));
    } catch {
      // The folder is not there yet, or the disk refuses: this process has the same luck as all others.
    }
  }
}
