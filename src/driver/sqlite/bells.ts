import { createHash } from "node:crypto";
import { type FSWatcher, closeSync, mkdirSync, openSync, utimesSync, watch } from "node:fs";
import { join } from "node:path";

/**
 * The bells of the queues: a folder for each that somebody waits for, beside the store. Who wrote something that others
 * may wait for touches the files in it once that can be seen, and the kernel tells those who watch it: nothing is polled,
 * and nobody is woken for another queue.
 *
 * There are two files, touched in turn, since Bun leaves out an event that is like the one before and not later by its
 * clock: of rings that follow each other it would tell of the first alone, and of none after the clock was set back.
 */
export class Bells {
  /** A file that is touched by who waits for the right to write. */
  readonly sign: string;
  readonly #folder: string;
  readonly #bells = new Map<string, Bell>();

  constructor(store: string) {
    this.#folder = `${store}-bells`;
    this.sign = join(this.#folder, "writer");
  }

  ring(queue: string): void {
    const now = new Date();
    try {
      for (const file of this.#bellOf(queue).files) utimesSync(file, now, now);
    } catch {
      // Nobody waits, or the disk refuses: whoever waits finds the same by itself, at its next look.
    }
  }

  /** Somebody may take the bell away: then `onGone` is called, and it is to be watched anew. */
  watch(queue: string, onRing: () => void, onGone: () => void): FSWatcher {
    const { folder, files } = this.#bellOf(queue);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const file of files) closeSync(openSync(file, "a", 0o600));
    return watch(folder, { persistent: false }, (event) => (event === "rename" ? onGone() : onRing()));
  }

  #bellOf(queue: string): Bell {
    const bell = this.#bells.get(queue) ?? newBell(join(this.#folder, shortName(queue)));
    this.#bells.set(queue, bell);
    return bell;
  }
}

interface Bell {
  readonly folder: string;
  readonly files: readonly string[];
}

function newBell(folder: string): Bell {
  return { folder, files: ["1", "2"].map((name) => join(folder, name)) };
}

/** A queue's name may have more characters than a file's. */
function shortName(queue: string): string {
  return createHash("sha256").update(queue).digest("hex").slice(0, 16);
}
