/** So many characters are written at once. */
const PIECE = 64 * 1024;
/** When so many characters wait, who has very much to write is asked to wait as well. */
const FULL = 256 * 1024;
/** More is not kept, whoever writes it. */
const MOST = 16 * 1024 * 1024;
/** Who waits for room waits no longer than this. Then what has no room is lost, until there is room again. */
const PATIENCE_MS = 5_000;
/** After a failure, the next try is so much later. */
const RETRY_MS = 1_000;

export interface OutletHooks {
  /** Writes some texts, in order, and resolves when they are out of hand. */
  write(texts: readonly string[]): Promise<void>;
  /** So many lines were lost. Called when writing works again. */
  onLost(lines: number): void;
  /** Writing failed. Called once until it works again. */
  onFailure(error: unknown): void;
}

interface Text {
  readonly text: string;
  readonly lines: number;
}

/**
 * What stands before something slow that is written to: one write at a time, everything else waits, and no more than a
 * bounded amount. A reader that has stopped costs lines; it never costs memory, and never holds anybody up for long.
 */
export class Outlet implements Bounded {
  readonly #hooks: OutletHooks;
  #waiting: Text[] = [];
  #size = 0;
  #written = 0;
  #lost = 0;
  #running: Promise<void> | undefined;
  /** Whether somebody waited in vain. Then nobody waits again until there is room. */
  #stalled = false;
  #failing = false;
  #roomy = Promise.withResolvers<void>();

  constructor(hooks: OutletHooks) {
    this.#hooks = hooks;
  }

  /** Writes a text that stands for so many lines of the log. */
  write(text: string, lines = 1): void {
    if (this.#size >= (this.#stalled ? FULL : MOST)) {
      this.#lost += lines;
      return;
    }
    this.#waiting.push({ text, lines });
    this.#size += text.length;
    this.#running ??= this.#run();
  }

  room(): Promise<void> | undefined {
    return this.#size < FULL || this.#stalled ? undefined : this.#wait();
  }

  /** Resolves when nothing waits, or nothing could be written for `patienceMs`. Tells whether nothing waits. */
  async flushed(patienceMs: number): Promise<boolean> {
    let written = -1;
    while (this.#running !== undefined && this.#written > written) {
      written = this.#written;
      await within(this.#running, patienceMs);
    }
    return this.#running === undefined;
  }

  async #wait(): Promise<void> {
    await within(this.#roomy.promise, PATIENCE_MS);
    this.#stalled = this.#size >= FULL;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#writeSome(this.#next());
    this.#running = undefined;
  }

  #next(): readonly Text[] {
    let size = 0;
    const end = this.#waiting.findIndex(({ text }) => (size += text.length) > PIECE);
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : Math.max(1, end));
  }

  async #writeSome(texts: readonly Text[]): Promise<void> {
    try {
      await this.#hooks.write(texts.map(({ text }) => text));
      this.#failing = false;
      this.#written++;
    } catch (error) {
      for (const { lines } of texts) this.#lost += lines;
      this.#onFailure(error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    for (const { text } of texts) this.#size -= text.length;
    if (this.#size < FULL) this.#makeRoom();
    if (!this.#failing) this.#tellLost();
  }

  #onFailure(error: unknown): void {
    if (this.#failing) return;
    this.#failing = true;
    this.#hooks.onFailure(error);
  }

  #makeRoom(): void {
    this.#stalled = false;
    this.#roomy.resolve();
    this.#roomy = Promise.withResolvers();
  }

  #tellLost(): void {
    const lost = this.#lost;
    this.#lost = 0;
    if (lost > 0) this.#hooks.onLost(lost);
  }
}

/** What may have to be waited for. */
export interface Bounded {
  /** Resolves when it can take much more, or patience is over; undefined when it can now. */
  room(): Promise<unknown> | undefined;
}

/** Resolves when all of them can take much more; undefined when they can now. */
export function roomIn(all: Iterable<Bounded>): Promise<unknown> | undefined {
  const waits = [...all].map((one) => one.room()).filter((wait) => wait !== undefined);
  return waits.length === 0 ? undefined : Promise.all(waits);
}

/** Resolves with the promise, or after `ms`. */
export async function within(promise: Promise<unknown>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([promise, late.promise]);
  clearTimeout(timer);
}
