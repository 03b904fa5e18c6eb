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
  const problem = findUnfaithful(data, new Set());
  if (problem === undefined) return JSON.stringify(data);
  const { path, found, instead } = problem;
  throw new MpqError("DATA_NOT_JSON", `data${path} is ${found}, which JSON cannot carry; give ${instead}`);
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

/** A value that would not survive JSON: where it is in what was looked at, what it is, and what to give in its place. */
interface Unfaithful {
  readonly path: string;
  readonly found: string;
  readonly instead: string;
}

function findUnfaithful(value: unknown, parents: Set<object>): Unfaithful | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined;
    case "number":
      return Number.isFinite(value) ? undefined : unfaithful(String(value), "a finite number, or null");
    case "object":
      return value === null ? undefined : findInObject(value, parents);
    case "undefined":
      return unfaithful("undefined", "null, or leave the entry out");
    case "bigint":
      return unfaithful("a BigInt", "a string or a number");
    case "function":
    case "symbol":
      return unfaithful(`a ${typeof value}`, "plain data");
  }
}

function findInObject(value: object, parents: Set<object>): Unfaithful | undefined {
  if (parents.has(value)) return unfaithful("a reference to an object that contains it", "data without cycles");
  if (parents.size === MAX_DEPTH) return unfaithful(`nested ${MAX_DEPTH} deep`, "flatter data");
  if (!Array.isArray(value) && !isJobData(value))
    return unfaithful(kindOf(value), "a plain object, an array, a string or a number");
  parents.add(value);
  const problem = Array.isArray(value) ? findInArray(value, parents) : findInRecord(value, parents);
  parents.delete(value);
  return problem;
}

function findInArray(list: readonly unknown[], parents: Set<object>): Unfaithful | undefined {
  for (let index = 0; index < list.length; index++) {
    const problem = findUnfaithful(list[index], parents);
    if (problem !== undefined) return within(`[${index}]`, problem);
  }
  return undefined;
}

function findInRecord(record: JobData, parents: Set<object>): Unfaithful | undefined {
  for (const key of Object.keys(record)) {
    const value = record[key];
    // An absent field and one that is undefined read the same in the handler, so nothing is lost.
    if (value === undefined) continue;
    const problem = findUnfaithful(value, parents);
    if (problem !== undefined) return within(fieldOf(key), problem);
  }
  return undefined;
}

function unfaithful(found: string, instead: string): Unfaithful {
  return { path: "", found, instead };
}

/** The same, seen from what has it in this part. */
function within(part: string, { path, ...what }: Unfaithful): Unfaithful {
  return { path: part + path, ...what };
}

function fieldOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function kindOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? `an instance of ${name}` : "an object with a prototype";
}
