/** What one process can do of a job without a queue: `bare.mjs <ms> <seconds>` burns so many ms at a time. Prints how often a second. */
import { burn } from "./meter.mjs";

const [ms, seconds] = process.argv.slice(2).map(Number);
const from = performance.now();
let count = 0;
while (performance.now() - from < seconds * 1_000) {
  burn(ms);
  count++;
}
console.log(JSON.stringify((count / (performance.now() - from)) * 1_000));
