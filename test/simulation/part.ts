/** Runs some of the schedules in a process of its own: `bun part.ts <first seed> <step> <count>`. Prints what it found. */
import { runSchedule } from "./schedule.ts";

const [first = 1, step = 1, count = 0] = process.argv.slice(2).map(Number);
/** The first few tell enough. */
const MOST_FOUND = 3;

const found: { readonly seed: number; readonly violation: string }[] = [];
let seed = first;
for (let done = 0; done < count && found.length < MOST_FOUND; done++, seed += step) {
  const violation = runSchedule(seed);
  if (violation !== undefined) found.push({ seed, violation });
}
console.log(JSON.stringify(found));
