import { MpqError } from "../errors.ts";
import { show } from "../job/policy.ts";
import type { AnyJobFunction } from "./pushable.ts";

/** Marks what `inline` gives; shared by all copies of this package. */
const INLINE: symbol = Symbol.for("mpq.inline");

/**
 * Makes a push send a function as its source although it has a name, so that workers need not know it. It must keep to
 * what an anonymous function keeps to: nothing of its surroundings is used but what comes in through its data.
 *
 * @example
 * ```ts
 * await Queue.push("mail", inline(sendDigest), { day: "2026-01-01" });
 * ```
 */
export function inline<Handler extends AnyJobFunction>(handler: Handler): Handler {
  if (typeof handler !== "function")
    throw new MpqError("JOB_INVALID", `inline was given ${show(handler)}; expected a function`);
  // Another function, so that a later push of the handler itself still goes by its name.
  const marked: unknown = (...run: unknown[]): unknown => Reflect.apply(handler, undefined, run);
  return Object.defineProperty(marked as Handler, INLINE, { value: handler });
}

/** The function that `inline` was given, or undefined for anything else. */
export function inlined(job: unknown): unknown {
  return typeof job === "function" ? Reflect.get(job, INLINE) : undefined;
}
