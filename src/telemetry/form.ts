import type { LogLevel } from "../config/config.ts";
import type { Event } from "./events.ts";
import { inert, inertJson } from "./inert.ts";

/** What is logged at one moment. */
export interface Entry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: LogLevel;
  /** What happened, in words that may hold anything that a job said. */
  readonly text: string;
  readonly event: Event;
}

/** Gives the lines of an entry, each with its end. Whatever an entry holds, it can neither forge a line nor steer a terminal. */
export type Form = (entry: Entry) => string;

const INDENT = "    ";
const TAB = "    ";

/** The words in lines, the first of which alone is not set in: so no text of a job looks like an entry of its own. */
export function wordsOf({ text }: Entry): string {
  const [first = "", ...more] = text.replaceAll("\t", TAB).split("\n").map(inert);
  return [first, ...more.map((line) => INDENT + line)].join("\n");
}

/** For files and pipes: the time, the level, the words. */
export const plain: Form = (entry) =>
  `${new Date(entry.at).toISOString()} ${entry.level.padEnd(LEVEL_WIDTH)} ${wordsOf(entry)}\n`;

const LEVEL_WIDTH = 5;

/** For programs: a JSON object on one line, with the fields of the event as they are. */
export function jsonOf(service: string): Form {
  return ({ at, level, text, event }) => {
    const entry = { time: new Date(at).toISOString(), level, service, message: text, ...event };
    return `${inertJson(JSON.stringify(entry))}\n`;
  };
}

/** The levels as syslog counts them. */
const PRIORITIES: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

/** For the journal of systemd, which keeps the time itself and takes the level from the beginning of each line. */
export function journalOf(form: Form): Form {
  return (entry) => form(entry).replaceAll(/^(?=.)/gm, `<${PRIORITIES[entry.level]}>`);
}

/** The words alone. */
export const words: Form = (entry) => `${wordsOf(entry)}\n`;
