import { MpqError } from "../errors.ts";
import { show } from "../job/policy.ts";
import { didYouMean } from "./suggest.ts";

/** Takes a value from a configuration as what it should be. Throws `CONFIG_INVALID` when it is something else. */
export type Reader<Value> = (value: unknown, path: string) => Value;

/** A refusal that says where, what was expected and what was found. */
export function refusal(path: string, expected: string, found: unknown, hint = ""): MpqError {
  return new MpqError("CONFIG_INVALID", `${path} is ${show(found)}; expected ${expected}${hint}`);
}

/** A whole number of at least `least`. */
export function wholeNumber(least: number): Reader<number> {
  return (value, path) => {
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
    throw refusal(path, `a whole number, ${least} or more`, value);
  };
}

/** Megabytes, as bytes; 0 for no limit. */
export function megabytesAsBytes(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return Math.round(value * 1024 * 1024);
  throw refusal(path, "megabytes, 0 or more", value);
}

/** More than 0 megabytes, as bytes. */
export function someMegabytesAsBytes(value: unknown, path: string): number {
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return Math.ceil(value * 1024 * 1024);
  throw refusal(path, "megabytes, more than 0", value);
}

/** Seconds, as milliseconds. No more than a day: longer than that is a mistaken unit. */
export function secondsAsMs(least: number): Reader<number> {
  return (value, path) => {
    if (typeof value === "number" && value >= least && value <= SECONDS_OF_A_DAY) return Math.round(value * 1000);
    throw refusal(path, `seconds from ${least} to ${SECONDS_OF_A_DAY}`, value);
  };
}

const SECONDS_OF_A_DAY = 86_400;

export function oneOf<const Word extends string>(words: readonly Word[]): Reader<Word> {
  return (value, path) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    const hint = typeof value === "string" ? didYouMean(value, words) : "";
    throw refusal(path, words.map((word) => `"${word}"`).join(" or "), value, hint);
  };
}

/** A function; its parameters are the user's promise. */
export function callback<Callback extends (...args: never[]) => unknown>(value: unknown, path: string): Callback {
  if (typeof value === "function") return value as Callback;
  throw refusal(path, "a function", value);
}

export function filledText(value: unknown, path: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw refusal(path, "a text that is not empty", value);
}

/** One glob pattern or a list of them. */
export function patterns(value: unknown, path: string): readonly string[] {
  if (!Array.isArray(value)) return [filledText(value, path)];
  return value.map((pattern, index) => filledText(pattern, `${path}[${index}]`));
}

/** A queue's or a service's name: 1 to 100 characters that can be seen, spaces inside allowed. */
export function name(value: unknown, path: string): string {
  if (typeof value === "string" && isName(value)) return value;
  throw refusal(path, EXPECTED_NAME, value);
}

export const EXPECTED_NAME = "a name of 1 to 100 printable characters";

export function isName(text: string): boolean {
  return /^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u.test(text) && text.trim() === text;
}
