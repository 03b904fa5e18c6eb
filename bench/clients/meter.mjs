/**
 * What every handler of every system runs, in the process that runs the job: it counts, and now and then notes the time.
 *
 * Notes go to a file for each process, at most once in `NOTE_EVERY_MS`, so that the measuring costs each system the same and
 * asks nothing of its store.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";

const MARK_EVERY = 100;
const NOTE_EVERY_MS = 20;

/** Milliseconds of one clock for all processes of a host, to the microsecond, in Node and in Bun. */
export function now() {
  return performance.timeOrigin + performance.now();
}

/** Gives the handler. A job whose data has `at` was pushed at that time. */
export function meter(folder) {
  const file = join(folder, `${process.pid}.jsonl`);
  let note = { first: undefined, marks: [], delays: [] };
  let count = 0;
  let last = 0;
  let timer;
  const write = () => {
    timer = undefined;
    appendFileSync(file, `${JSON.stringify({ count, last, ...note })}\n`);
    note = { first: undefined, marks: [], delays: [] };
  };
  return (data) => {
    last = now();
    if (++count === 1) note.first = last;
    if (count % MARK_EVERY === 0) note.marks.push(last);
    if (data.at !== undefined) note.delays.push(last - data.at);
    timer ??= setTimeout(write, NOTE_EVERY_MS);
  };
}
