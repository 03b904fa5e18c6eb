import { MpqError } from "../errors.ts";

/** A job's data: a plain JSON object. */
export type JobData = { readonly [key: string]: unknown };

/** Data larger than this many bytes of JSON is refused, unless the queue says otherwise (`maxSize`). */
export const DEFAULT_MAX_SIZE: number = 1024 * 1024;

/** Data nested deeper is refused: it may overflow the stack of whoever reads it. */
const MAX_DEPTH = 500;

/**
 * Gives `data` as JSON.
 *
 * Throws `DATA_NOT_JSON` with the path to the first value that JSON cannot carry faithfully, so that the handler
 * always gets what was pushed.
 */
export function encodeData(data: JobData): string {
  const problem = findUnfaithful(data, "data", new Set());
  if (problem !== undefined) throw new MpqError("DATA_NOT_JSON", problem);
  return JSON.stringify(data);
}

/** Tells whether a value may stand as the data of a job: an object literal, not an array, a class instance or null. */
export function isJobData(value: unknown): value is JobData {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null || isForeignObjectPrototype(prototype);
}

/** Objects of another realm (a test runner's sandbox, `node:vm`) are as plain as ours. */
function isForeignObjectPrototype(prototype: unknown): boolean {
  if (typeof prototype !== "object" || prototype === null || Object.getPrototypeOf(prototype) !== null) return false;
  return Object.hasOwn(prototype, "hasOwnProperty") && Object.hasOwn(prototype, "isPrototypeOf");
}

/** Where and why `value` would not survive JSON, or undefined when it does. */
function findUnfaithful(value: unknown, path: string, parents: Set<object>): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : refusal(path, String(value), "a finite number, or null");
    case "object":
      return value === null ? undefined : findInObject(value, path, parents);
    case "undefined":
      return refusal(path, "undefined", "null, or leave the entry out");
    case "bigint":
      return refusal(path, "a BigInt", "a string or a number");
    case "function":
    case "symbol":
      return refusal(path, `a ${typeof value}`, "plain data");
  }
}

function findInObject(value: object, path: string, parents: Set<object>): string | undefined {
  if (parents.has(value)) return refusal(path, "a reference to an object that contains it", "data without cycles");
  if (parents.size === MAX_DEPTH) return refusal(path, `nested ${MAX_DEPTH} deep`, "flatter data");
  if (!Array.isArray(value) && !isJobData(value))
    return refusal(path, kindOf(value), "a plain object, an array, a string or a number");
  parents.add(value);
  const problem = Array.isArray(value) ? findInArray(value, path, parents) : findInRecord(value, path, parents);
  parents.delete(value);
  return problem;
}

function findInArray(list: readonly unknown[], path: string, parents: Set<object>): string | undefined {
  for (let index = 0; index < list.length; index++) {
    const problem = findUnfaithful(list[index], `${path}[${index}]`, parents);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function findInRecord(record: JobData, path: string, parents: Set<object>): string | undefined {
  for (const key of Object.keys(record)) {
    const value = record[key];
    // An absent field and one that is undefined read the same in the handler, so nothing is lost.
    if (value === undefined) continue;
    const problem = findUnfaithful(value, pathTo(path, key), parents);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function pathTo(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function kindOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? `an instance of ${name}` : "an object with a prototype";
}

function refusal(path: string, found: string, instead: string): string {
  return `${path} is ${found}, which JSON cannot carry; give ${instead}`;
}
