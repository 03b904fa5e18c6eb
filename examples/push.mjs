// Pushes one of the examples, on Bun or Node: bun push.mjs normal | failing | timeout | pressure
import { Queue } from "multi-process-queue";

const [example = "", seconds = "20", delay = "10"] = process.argv.slice(2);
const JOBS = 5_000;

const push = {
  normal: () => Queue.push("examples", "Normal", { seconds: Number(seconds) }, Number(delay)),
  failing: () => Queue.push("examples", "Failing"),
  timeout: () => Queue.push("examples", "Endless", undefined, { timeout: 2 }),
  pressure: () => {
    const items = Array.from({ length: JOBS }, (_, index) => ({ job: "count", data: { n: index + 1, of: JOBS } }));
    return Queue.pushMany("examples", items);
  },
}[example];

if (push === undefined) {
  console.error("Name an example: normal, failing, timeout or pressure");
  process.exitCode = 2;
} else {
  const startedAt = performance.now();
  const ids = [await push()].flat();
  await Queue.close();
  console.log(`pushed ${ids.length} in ${Math.round(performance.now() - startedAt)} ms; the last is ${ids.at(-1)}`);
}
