import { until } from "../test/support/until.ts";
import { now } from "./project/clock.ts";
import type { Stage } from "./stage.ts";

/** A store that is back is used again within so many milliseconds. */
const BACK_MS = 1_000;
const PATIENCE_MS = 60_000;

/** Pushes a job, and notes how long after this moment it was begun. A push that is given up is made again. */
export async function goesOn(stage: Stage, what: string = "back", promisedMs: number = BACK_MS): Promise<void> {
  const since = now();
  const begun = await until("a job that is pushed now is run", () => probe(stage), PATIENCE_MS);
  stage.say(`a job that was pushed then began after ${Math.round(begun - since)} ms`);
  stage.timed(what, begun - since, promisedMs);
}

async function probe(stage: Stage): Promise<number | undefined> {
  const { ids, refusal } = await stage.pusher.push([{ job: "work", data: { ms: 0 }, priority: "high" }]);
  if (refusal !== undefined) return undefined;
  const start = await until(
    "a job that was pushed is run",
    () => stage.ledger.lines().find((line) => line.step === "start" && line.job === ids[0]),
    PATIENCE_MS,
  );
  return start.at;
}
