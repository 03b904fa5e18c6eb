import { MpqError } from "../errors.ts";
import { isJobData } from "../job/data.ts";
import { type JobClass, type JobFunction, isJobClass } from "../job/job.ts";

/** What runs a job: a class to make an instance of, or a function to call. */
export type RegisteredJob =
  | { readonly kind: "class"; readonly class: JobClass }
  | { readonly kind: "function"; readonly run: JobFunction };

interface Entry {
  readonly job: RegisteredJob;
  /** What the file exports; tells the same thing, exported twice, from two things of one name. */
  readonly value: unknown;
  readonly file: string;
}

/** The jobs that a worker knows, by the names that they are pushed under. */
export class JobRegistry {
  readonly #entries = new Map<string, Entry>();

  /**
   * Adds what a file exports: job classes under their `jobName`, else the name they are exported under; functions under
   * theirs; and the functions of classes and objects with a dot between. A default export has its own name, else the file's.
   *
   * Throws `CONFIG_INVALID` when another file has a different job of the same name.
   */
  add(file: string, exports: object): void {
    for (const [exported, value] of Object.entries(exports) as [string, unknown][]) {
      const name = exported === "default" ? defaultName(value, file) : exported;
      // The default export of a CommonJS file holds the others; a name that was given stands before one that was made up.
      if (exported === "default" && Object.hasOwn(exports, name)) continue;
      if (isJobClass(value)) this.#put(value.jobName ?? name, { job: { kind: "class", class: value }, value, file });
      else if (isHandler(value)) this.#put(name, { job: { kind: "function", run: value }, value, file });
      if (typeof value === "function" || isJobData(value)) this.#addMethods(file, name, value);
    }
  }

  /** Gives the job of this name, or undefined when no file has one. */
  find(name: string): RegisteredJob | undefined {
    return this.#entries.get(name)?.job;
  }

  /** Every name, sorted. */
  names(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  #addMethods(file: string, name: string, holder: object): void {
    for (const [key, value] of methodsOf(holder)) {
      const run: JobFunction = (data, job) => Reflect.apply(value, holder, [data, job]) as unknown;
      this.#put(`${name}.${key}`, { job: { kind: "function", run }, value, file });
    }
  }

  /** The same thing may be exported by several files, as from an index; two things of one name are a mistake. */
  #put(name: string, entry: Entry): void {
    const other = this.#entries.get(name);
    if (other === undefined) this.#entries.set(name, entry);
    else if (other.value !== entry.value) {
      throw new MpqError(
        "CONFIG_INVALID",
        `Two jobs are called "${name}": in ${other.file} and in ${entry.file}; rename one, or give a class a static jobName`,
      );
    }
  }
}

function defaultName(value: unknown, file: string): string {
  const own = typeof value === "function" ? value.name : "";
  if (own !== "" && own !== "default") return own;
  const base = file.slice(file.lastIndexOf("/") + 1);
  return base.slice(0, base.lastIndexOf("."));
}

/** A class cannot be called, so it is no handler. */
function isHandler(value: unknown): value is JobFunction {
  return typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value));
}

/** The functions that a class or an object holds and inherits, but for those that every one has. Runs no getter. */
function methodsOf(holder: object): ReadonlyMap<string, JobFunction> {
  const methods = new Map<string, JobFunction>();
  for (let owner: object | null = holder; owner !== null && !isBuiltIn(owner); owner = prototypeOf(owner)) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (key !== "constructor" && !methods.has(key) && isHandler(value)) methods.set(key, value);
    }
  }
  return methods;
}

function isBuiltIn(value: object): boolean {
  return value === Function.prototype || value === Object.prototype;
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}
