/** Seconds to wait before a child is started again, by how often in a row it died young. */
const DELAYS_S: readonly number[] = [0, 1, 2, 4, 8, 16, 30];

/** A child that lived so long was healthy: its death is not one of a row. */
const HEALTHY_MS = 10_000;

/**
 * Spaces out the restarts of one child, so that a program which cannot start does not become a fork storm.
 */
export class Backoff {
  #deaths = 0;

  /** Milliseconds to wait before the next start, after a child died that had lived `livedMs`. */
  afterDeath(livedMs: number): number {
    if (livedMs >= HEALTHY_MS) this.#deaths = 0;
    const seconds = DELAYS_S[Math.min(this.#deaths, DELAYS_S.length - 1)] ?? 0;
    this.#deaths++;
    return seconds * 1000;
  }
}
