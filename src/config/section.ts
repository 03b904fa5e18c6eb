import { isMpqError } from "../errors.ts";
import { isJobData } from "../job/data.ts";
import { type Reader, refusal } from "./read.ts";

/**
 * One object of a configuration. It reads field by field, and notes what is wrong instead of stopping at the first
 * problem, so that all of them can be reported together.
 */
export class Section {
  readonly path: string;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #problems: string[];

  /** The object at `path`; one that is no object is noted and read as an empty one. */
  constructor(value: unknown, path: string, problems: string[]) {
    this.path = path;
    this.#problems = problems;
    this.#fields = isJobData(value) ? value : {};
    if (!isJobData(value)) this.note(refusal(path === "" ? "The configuration" : path, "an object", value).message);
  }

  /** What stands in a field, else `otherwise`, also where it will not do. */
  read<Value, Otherwise>(key: string, reader: Reader<Value>, otherwise: Otherwise): Value | Otherwise {
    const value = this.#fields[key];
    if (value === undefined) return otherwise;
    try {
      return reader(value, this.pathOf(key));
    } catch (error) {
      if (!isMpqError(error)) throw error;
      this.note(error.message);
      return otherwise;
    }
  }

  /** The object in a field; an empty one when the field is absent. */
  section(key: string): Section {
    return new Section(this.#fields[key] ?? {}, this.pathOf(key), this.#problems);
  }

  keys(): readonly string[] {
    return Object.keys(this.#fields).filter((key) => this.#fields[key] !== undefined);
  }

  note(problem: string): void {
    this.#problems.push(problem);
  }

  pathOf(key: string): string {
    const own = /^[\w$-]+$/.test(key) ? key : JSON.stringify(key);
    return this.path === "" ? own : `${this.path}.${own}`;
  }
}
