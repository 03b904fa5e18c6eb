import { fstatSync, write } from "node:fs";
import type { ConsolaReporter, LogObject } from "consola";
import type { LogDriver, LogEntry, LogFormat } from "../config/config.ts";
import { type Entry, type Form, jsonOf, journalOf, plain, words, wordsOf } from "./form.ts";
import type { Outlet } from "./outlet.ts";

const STDERR = 2;
/** A reader that has no room just now is asked again so much later. */
const AGAIN_MS = 10;

/** Where entries of the log go. */
export type Sink = (entry: Entry) => void;

/** Writes entries to stderr in the form that suits who reads there: a person, the journal of systemd, or a program. */
export async function consoleSink(format: LogFormat, service: string, stderr: Outlet): Promise<Sink> {
  const isText = format === "text";
  if (isText && process.stderr.isTTY) return await fancySink(stderr);
  const form = formFor(isText ? undefined : jsonOf(service));
  return (entry) => stderr.write(form(entry));
}

function formFor(json: Form | undefined): Form {
  return isJournal() ? journalOf(json ?? words) : (json ?? plain);
}

/**
 * Whether stderr is the journal's. The variable alone tells nothing: processes inherit it whose stderr has been sent
 * elsewhere.
 */
function isJournal(): boolean {
  const { dev, ino } = fstatSync(STDERR, { bigint: true });
  return process.env["JOURNAL_STREAM"] === `${dev}:${ino}`;
}

/** consola's form for people, with its colours and signs. */
async function fancySink(stderr: Outlet): Promise<Sink> {
  const terminal = {
    write: (text: string): void => stderr.write(text),
    get columns(): number {
      return process.stderr.columns;
    },
  };
  // It is all that consola asks of a stream.
  const stdout = terminal as unknown as NodeJS.WriteStream;
  const options = { level: EVERYTHING, throttle: NEVER, fancy: true, stdout, stderr: stdout };
  const logger = (await import("consola")).createConsola(options);
  return (entry) => logger[entry.level]({ message: wordsOf(entry), date: new Date(entry.at) });
}

/** consola would filter once more, and keep back what is said several times. */
const EVERYTHING = Number.POSITIVE_INFINITY;
const NEVER = Number.NEGATIVE_INFINITY;

/** Gives entries to a reporter of the user's. `onFailure` is told what it throws, or rejects with, until it works again. */
export async function driverSink(driver: LogDriver, onFailure: (error: unknown) => void): Promise<Sink> {
  let fails = false;
  const report = async (entry: LogEntry, context: { readonly options: object }): Promise<void> => {
    try {
      await driver.log(entry, context);
      fails = false;
    } catch (error) {
      if (!fails) queueMicrotask(() => onFailure(error));
      fails = true;
    }
  };
  const reporter: ConsolaReporter = { log: (entry, context) => void report(entry as LogEntry & LogObject, context) };
  const { createConsola } = await import("consola");
  const logger = createConsola({ level: EVERYTHING, throttle: NEVER, reporters: [reporter] });
  return (entry) => {
    const { at, level, event } = entry;
    logger[level]({ message: wordsOf(entry), date: new Date(at), event });
  };
}

/**
 * Writes to stderr without holding this process up: a terminal that is stopped, or a pipe that nobody reads, would do so
 * for as long as it pleases.
 */
export async function writeToStderr(texts: readonly string[]): Promise<void> {
  let bytes = Buffer.from(texts.join(""));
  while (bytes.length > 0) bytes = bytes.subarray(await writeSome(bytes));
}

/** Gives how much was written: all of it when there is no reader any more, which is nobody's failure. */
function writeSome(bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    write(STDERR, bytes, (error, written) => {
      if (error === null) resolve(written);
      else if (error.code === "EAGAIN") setTimeout(resolve, AGAIN_MS, 0);
      else if (error.code === "EPIPE" || error.code === "EIO") resolve(bytes.length);
      else reject(error);
    });
  });
}
