import { isErrorReport } from "../../errors.ts";
import { isNoted } from "../failure-notes.ts";
import type { Failure, WorkerToMaster } from "../protocol.ts";

/**
 * Reads what came over a worker's channel; undefined when it is not for the master. User code has the same channel, and
 * packages that think they are somebody's child say things of their own over it, so this is a border: nothing else of
 * what came is looked at.
 */
export function hear(said: unknown, mark: string): WorkerToMaster | undefined {
  if (!isObject(said)) return undefined;
  switch (said["say"]) {
    case "ready":
      return { say: "ready" };
    case "broken":
      return isErrorReport(said["error"]) ? { say: "broken", error: said["error"] } : undefined;
    case "progress":
      return isFailures(said["failures"]) ? { say: "progress", failures: said["failures"] } : undefined;
    case "event":
      // Who knows the mark is the worker, so the rest is as it should be.
      return said["mark"] === mark ? (said as WorkerToMaster) : undefined;
    default:
      return undefined;
  }
}

function isFailures(value: unknown): value is readonly Failure[] {
  return Array.isArray(value) && value.every(isFailure);
}

function isFailure(value: unknown): value is Failure {
  if (!isObject(value)) return false;
  return Number.isInteger(value["slot"]) && Number.isInteger(value["word"]) && isNoted(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
