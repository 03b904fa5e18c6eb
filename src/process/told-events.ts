import type { LogLevel } from "../config/config.ts";
import { reportOf } from "../errors.ts";
import { type Event, emit, room } from "../telemetry/events.ts";
import { entriesOf, isLogged, lineOf } from "../telemetry/log.ts";
import { type Bounded, Outlet } from "../telemetry/outlet.ts";

interface Told {
  readonly event: Event;
  readonly at: number;
}

/**
 * Tells manage, which alone writes the log, what happened in this process. One batch is on its way at a time, since a
 * channel takes whatever it is given and keeps it in memory.
 */
export class EventTeller implements Bounded {
  readonly #least: LogLevel;
  readonly #send: (told: string) => void;
  readonly #outlet: Outlet = new Outlet({
    write: (texts) => this.#tell(texts),
    onLost: (lines) => emit({ event: "log.lost", lines }),
    onFailure: (error) => emit({ event: "log.failed", error: reportOf(error) }),
  });
  #taken: (() => void) | undefined;

  /** What is not logged at level `least` is not told. */
  constructor(least: LogLevel, send: (told: string) => void) {
    this.#least = least;
    this.#send = send;
  }

  take(event: Event, at: number): void {
    if (!isLogged(lineOf(event).level, this.#least)) return;
    this.#outlet.write(JSON.stringify({ event, at } satisfies Told), entriesOf(event).length);
  }

  room(): Promise<unknown> | undefined {
    return this.#outlet.room();
  }

  /** The last batch was taken: the next one may be told. */
  taken(): void {
    this.#taken?.();
  }

  /** Resolves when everything was taken, or nothing was for `patienceMs`. */
  async flushed(patienceMs: number): Promise<void> {
    await this.#outlet.flushed(patienceMs);
  }

  #tell(texts: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      this.#taken = resolve;
      this.#send(`[${texts.join(",")}]`);
    });
  }
}

/** Emits here what happened in another process, at the pace of those who listen. */
export async function emitTold(told: string): Promise<void> {
  for (const { event, at } of JSON.parse(told) as readonly Told[]) {
    emit(event, at);
    await room();
  }
}
