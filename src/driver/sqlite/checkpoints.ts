import type { Store } from "./store.ts";

/** So often while others write; what a checkpoint moves then takes the disk a millisecond or two. */
const LOOK_MS = 250;

/**
 * Moves what the write-ahead log holds into the file, by checkpoints, in the process that holds a service's name: it is on no
 * job's way. Else the log grows until whoever writes just then, a master or a pusher, has to move all of it (`open.ts`), and
 * waits for the disk for 10 to 20 ms, bench/profile.md says. That remains where one writes faster than this looks.
 */
export class Checkpoints {
  readonly #store: Store;
  #version = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Looks from now on, until nobody has written between two looks. To be called again and again. */
  begin(): void {
    if (this.#timer !== undefined) return;
    this.#version = this.#store.version();
    this.#lookLater();
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #lookLater(): void {
    this.#timer = setTimeout(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  #look(): void {
    this.#timer = undefined;
    const version = this.#store.version();
    if (version === this.#version) return;
    this.#version = version;
    this.#store.checkpoint();
    this.#lookLater();
  }
}
