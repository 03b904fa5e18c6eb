/** Marks errors that are final. Several copies of this file may be at work, so they are known by this mark alone. */
const FINAL: symbol = Symbol.for("mpq.final");

/**
 * An error that another try would meet again: a job whose handler throws it fails at once, whatever retries it has left,
 * and its failure callback runs.
 *
 * @example
 * ```ts
 * throw new FinalError("no such customer", { cause: error });
 * ```
 */
export class FinalError extends Error {
  override readonly name: string = "FinalError";
}

Object.defineProperty(FinalError.prototype, FINAL, { value: true });

/** Tells whether what was thrown is a {@link FinalError}, also one of another copy of this package. */
export function isFinal(thrown: unknown): boolean {
  try {
    return typeof thrown === "object" && thrown !== null && Reflect.get(thrown, FINAL) === true;
  } catch {
    // It throws when it is read, as no error of ours does.
    return false;
  }
}
