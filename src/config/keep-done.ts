import { isJobData } from "../job/data.ts";
import { readSeconds } from "../job/policy.ts";
import type { DoneBounds } from "../job/state.ts";
import type { KeepDone } from "./config.ts";
import { refuseUnknown } from "./options.ts";
import * as read from "./read.ts";
import type { Section } from "./section.ts";

const BOUNDS: readonly string[] = ["count", "age", "bytes"] satisfies (keyof KeepDone)[];

/** Reads what a queue keeps of jobs that are done; undefined when that is nothing. */
export function readKeepDone(queue: Section): DoneBounds | undefined {
  const given = queue.read("keepDone", readCountOrBounds, 0);
  const bounds = typeof given === "number" ? { count: given } : readBounds(queue.section("keepDone"));
  return Object.values(bounds).includes(0) ? undefined : Object.freeze(bounds);
}

function readCountOrBounds(value: unknown, path: string): number | object {
  if (typeof value === "number") return read.wholeNumber(0)(value, path);
  if (isJobData(value)) return value;
  throw read.refusal(path, `how many jobs, or an object with ${BOUNDS.join(", ")}`, value);
}

function readBounds(section: Section): DoneBounds {
  refuseUnknown(section, BOUNDS);
  if (section.keys().length === 0) section.note(`${section.path} has no bound; expected ${BOUNDS.join(", ")}`);
  const place = { code: "CONFIG_INVALID", where: section.path } as const;
  const count = section.read("count", read.wholeNumber(0), undefined);
  const ageMs = section.read("age", (value) => readSeconds(value, "age", place), undefined);
  const bytes = section.read("bytes", read.wholeNumber(0), undefined);
  return {
    ...(count === undefined ? {} : { count }),
    ...(ageMs === undefined ? {} : { ageMs }),
    ...(bytes === undefined ? {} : { bytes }),
  };
}
