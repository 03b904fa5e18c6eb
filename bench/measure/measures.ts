import { delayed } from "./delayed.ts";
import { fairness } from "./fairness.ts";
import { growth } from "./growth.ts";
import { idle } from "./idle.ts";
import { latency } from "./latency.ts";
import { loaded } from "./loaded.ts";
import type { Measure } from "./measure.ts";
import { memory } from "./memory.ts";
import { pushing } from "./pushing.ts";
import { recovery } from "./recovery.ts";
import { start, versionTime } from "./start.ts";
import { store } from "./store.ts";
import { throughput } from "./throughput.ts";
import { work } from "./work.ts";

/** Everything that is measured, in the order of the report. */
export const MEASURES: readonly Measure[] = [
  throughput,
  work,
  store,
  pushing,
  latency,
  loaded,
  delayed,
  fairness,
  idle,
  memory,
  ...growth,
  recovery,
  versionTime,
  start,
];

/** What `--only` may name. */
export const NAMES: readonly string[] = [...new Set(MEASURES.map((measure) => measure.name))];
