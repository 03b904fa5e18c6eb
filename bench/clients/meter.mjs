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

/** Uses so many milliseconds of CPU time, by the clock of this process. */
export function burn(ms) {
  const from = process.cpuUsage();
  for (let used = 0; used < ms * 1_000;) {
    const { user, system } = process.cpuUsage(from);
    used = user + system;
  }
}

/**
 * Gives the handler. A job's data says what it does: `burn` uses CPU time, `sleep` takes time and uses none. `at` is when it
 * should have begun.
 */
export function meter(folder) {
  const file = join(folder, `${process.pid}.jsonl`);
  const empty = () => ({ first: undefined, marks: [], delays: [], runs: [] });
  let note = empty();
  let count = 0;
  let last = 0;
  let timer;
  const write = () => {
    timer = undefined;
    appendFileSync(file, `${JSON.stringify({ count, last, ...note })}\n`);
    note = empty();
  };
  const rest = async ({ at, sleep }, begun) => {
    await new Promise((resolve) => setTimeout(resolve, sleep));
    note.runs.push({ pushed: at, begun, ended: now() });
    timer ??= setTimeout(write, NOTE_EVERY_MS);
  };
  return (data) => {
    last = now();
    if (++count === 1) note.first = last;
    if (count % MARK_EVERY === 0) note.marks.push(last);
    if (data.at !== undefined) note.delays.push(last - data.at);
    timer ??= setTimeout(write, NOTE_EVERY_MS);
    if (data.burn !== undefined) burn(data.burn);
    return data.sleep === undefined ? undefined : rest(data, last);
  };
}
