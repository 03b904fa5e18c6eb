import { createHash } from "node:crypto";
import { type FSWatcher, closeSync, mkdirSync, openSync, utimesSync, watch } from "node:fs";
import { join } from "node:path";

/**
 * The bells of the queues: an empty file for each that somebody waits for, beside the store. Who wrote something that
 * others may wait for touches it once that can be seen, and the kernel tells those who watch it: nothing is polled, and
 * nobody is woken for another queue.
 */
export class Bells {
  readonly #folder: string;
  readonly #files = new Map<string, string>();

  constructor(store: string) {
    this.#folder = `${store}-bells`;
  }

  ring(queue: string): void {
    const now = new Date();
    try {
      utimesSync(this.#fileOf(queue), now, now);
    } catch {
      // Nobody waits, or the disk refuses: whoever waits finds the same by itself, at its next look.
    }
  }

  /** Somebody may take the file away: then `onGone` is called, and it is to be watched anew. */
  watch(queue: string, onRing: () => void, onGone: () => void): FSWatcher {
    const file = this.#fileOf(queue);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    closeSync(openSync(file, "a", 0o600));
    return watch(file, { persistent: false }, (event) => (event === "rename" ? onGone() : onRing()));
  }

  /** A name may have more characters than a file's. */
  #fileOf(queue: string): string {
    const known = this.#files.get(queue);
    if (known !== undefined) return known;
    const file = join(this.#folder, createHash("sha256").update(queue).digest("hex").slice(0, 16));
    this.#files.set(queue, file);
    return file;
  }
}
