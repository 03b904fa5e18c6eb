import type { LogConfig, LogLevel } from "../config/config.ts";
import { reportOf } from "../errors.ts";
import { type Sink, consoleSink, driverSink, writeToStderr } from "./console.ts";
import { type Event, emit } from "./events.ts";
import { type Entry, type Form, jsonOf, plain } from "./form.ts";
import { LogFile } from "./log-file.ts";
import { entriesOf, isLogged, lineOf } from "./log.ts";
import { type Bounded, Outlet, roomIn } from "./outlet.ts";

/** When the service ends, a reader is given up that takes nothing for so long. */
const CLOSE_MS = 1_000;

export interface LoggerPlace {
  /** The service's name. */
  readonly service: string;
  /** The folder of the log file; undefined for none. */
  readonly folder: string | undefined;
}

/**
 * Writes the log of a whole service: to its file and to stderr, or to the user's driver. One process of a service does,
 * since only one can rotate a file; the others tell it what there is to log.
 */
export class Logger implements Bounded {
  readonly #level: LogLevel;
  readonly #console: Sink;
  readonly #sinks = new Set<Sink>();
  readonly #outlets: Outlet[];
  #file: LogFile | undefined;

  /** Throws `START_FAILED` when the folder cannot be written to. */
  static async open(options: LogConfig, { service, folder }: LoggerPlace): Promise<Logger> {
    const stderr = outletTo(writeToStderr);
    const logger = new Logger(options.level, await consoleSink(options.format, service, stderr), stderr);
    if (options.driver !== undefined) {
      logger.#sinks.add(await driverSink(options.driver, tellFailure));
      return logger;
    }
    logger.setConsole("on");
    if (folder !== undefined)
      logger.#keepFile(new LogFile(folder, service, options), options.format === "json" ? jsonOf(service) : plain);
    return logger;
  }

  private constructor(level: LogLevel, console: Sink, stderr: Outlet) {
    this.#level = level;
    this.#console = console;
    this.#outlets = [stderr];
  }

  #keepFile(file: LogFile, form: Form): void {
    const outlet = outletTo((texts) => file.write(texts));
    this.#sinks.add((entry) => outlet.write(form(entry)));
    this.#outlets.push(outlet);
    this.#file = file;
  }

  take(event: Event, at: number): void {
    for (const one of entriesOf(event)) this.#log(one, at);
  }

  room(): Promise<unknown> | undefined {
    return roomIn(this.#outlets);
  }

  /** Writes to stderr as well from now on, or no longer. */
  setConsole(use: "on" | "off"): void {
    if (use === "on") this.#sinks.add(this.#console);
    else this.#sinks.delete(this.#console);
  }

  /** Goes on in a new file: somebody has moved the present one. */
  reopen(): void {
    this.#file?.reopen();
  }

  /** Writes what is still to be written. False when that is not all, because nobody takes it. */
  async close(): Promise<boolean> {
    const written = await Promise.all(this.#outlets.map((outlet) => outlet.flushed(CLOSE_MS)));
    return !written.includes(false);
  }

  #log(event: Event, at: number): void {
    const { level, text } = lineOf(event);
    if (!isLogged(level, this.#level)) return;
    const entry: Entry = { at, level, text, event };
    for (const sink of this.#sinks) sink(entry);
    // Where the log cannot be written it cannot be read either.
    if (event.event === "log.failed" && !this.#sinks.has(this.#console)) this.#console(entry);
  }
}

function outletTo(write: (texts: readonly string[]) => Promise<void>): Outlet {
  return new Outlet({ write, onLost: (lines) => emit({ event: "log.lost", lines }), onFailure: tellFailure });
}

function tellFailure(error: unknown): void {
  emit({ event: "log.failed", error: reportOf(error) });
}
