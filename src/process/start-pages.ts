import { readFileSync } from "node:fs";
import { forgetPages } from "./libc.ts";

/** Milliseconds after which a process has begun everything that it goes on doing. */
const STARTED_MS = 5_000;

/**
 * Has this process give back, some seconds from now, what it has in memory of the program's file: most of that only its
 * start needed. What it still needs comes again from the file, which the system keeps at hand as long as it has room.
 */
export function giveBackStart(): void {
  setTimeout(giveBackPages, STARTED_MS).unref();
}

/** A mapping of a file that this process may not write to, as `/proc/self/smaps` shows it. */
const READ_ONLY = /^([0-9a-f]+)-([0-9a-f]+) r-[-x]p .* \/.*$/m;
/** Says that no page of a mapping was ever written: each is as it is in the file. */
const UNWRITTEN = /^Anonymous: +0 kB$/m;

/** Gives back all pages of files that this process can only read. */
function giveBackPages(): void {
  if (process.platform !== "linux") return;
  for (const mapping of readFileSync("/proc/self/smaps", "utf8").split(/^(?=[0-9a-f]+-)/m)) {
    const [, from, to] = READ_ONLY.exec(mapping) ?? [];
    if (from === undefined || to === undefined || !UNWRITTEN.test(mapping)) continue;
    const start = Number.parseInt(from, 16);
    forgetPages(start, Number.parseInt(to, 16) - start);
  }
}
