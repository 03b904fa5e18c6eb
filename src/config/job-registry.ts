import { MpqError } from "../errors.ts";
import { isJobData } from "../job/data.ts";
import { type JobClass, type JobFunction, isJobClass } from "../job/job.ts";

/** What runs a job: a class to make an instance of, or a function to call. */
export type RegisteredJob =
  | { readonly kind: "class"; readonly class: JobClass }
  | { readonly kind: "function"; readonly run: JobFunction };

interface Entry {
  readonly value: object;
  readonly file: string;
}

/** The jobs that a worker knows, by the names that they are pushed under. */
export class JobRegistry {
  readonly #jobs = new Map<string, Entry>();
  /** Classes and objects whose functions are jobs: `Reports.build`. */
  readonly #holders = new Map<string, Entry>();

  /**
   * Adds what a file exports: job classes under their `jobName`, else the name they are exported under; functions under
   * theirs; and the functions of classes and objects with a dot between. A default export has its own name, else the file's.
   *
   * Throws `CONFIG_INVALID` when another file has a different job of the same name.
   */
  add(file: string, exports: object): void {
    for (const [exported, value] of Object.entries(exports) as [string, unknown][]) {
      if ((typeof value !== "object" && typeof value !== "function") || value === null) continue;
      const name = exported === "default" ? defaultName(value, file) : exported;
      const entry = { value, file };
      if (isJobClass(value)) put(this.#jobs, value.jobName ?? name, entry);
      else if (typeof value === "function" && !isClass(value)) put(this.#jobs, name, entry);
      if (typeof value === "function" || isJobData(value)) put(this.#holders, name, entry);
    }
  }

  /** Gives the job of this name, or undefined when no file has one. */
  find(name: string): RegisteredJob | undefined {
    const value = this.#jobs.get(name)?.value;
    if (isJobClass(value)) return { kind: "class", class: value };
    if (value !== undefined) return { kind: "function", run: value as JobFunction };
    const dot = name.lastIndexOf(".");
    const holder = this.#holders.get(name.slice(0, Math.max(dot, 0)))?.value;
    return holder === undefined ? undefined : methodOf(holder, name.slice(dot + 1));
  }

  /** Every name, with those of functions in classes and objects, sorted. */
  names(): readonly string[] {
    const methods = [...this.#holders].flatMap(([name, { value }]) =>
      Object.getOwnPropertyNames(value)
        .filter((method) => methodOf(value, method) !== undefined)
        .map((method) => `${name}.${method}`),
    );
    return [...this.#jobs.keys(), ...methods].sort();
  }
}

/** The same thing may be exported by several files, as from an index; two things of one name are a mistake. */
function put(entries: Map<string, Entry>, name: string, entry: Entry): void {
  const other = entries.get(name);
  if (other !== undefined && other.value !== entry.value) {
    throw new MpqError(
      "CONFIG_INVALID",
      `Two jobs are called "${name}": in ${other.file} and in ${entry.file}; rename one, or give a class a static jobName`,
    );
  }
  entries.set(name, other ?? entry);
}

function defaultName(value: object, file: string): string {
  const own = typeof value === "function" ? value.name : "";
  if (own !== "" && own !== "default") return own;
  const base = file.slice(file.lastIndexOf("/") + 1);
  return base.slice(0, base.lastIndexOf("."));
}

/** A class cannot be called, so it is no handler. What looks like none but is (older transpilers) fails when it runs. */
function isClass(value: object): boolean {
  return /^class\b/.test(Function.prototype.toString.call(value));
}

/** Only what the user wrote: a job's name comes from the store, and must not reach `constructor` or `call`. */
function methodOf(holder: object, name: string): RegisteredJob | undefined {
  if (name === "constructor") return undefined;
  for (let owner: object | null = holder; owner !== null && !isBuiltIn(owner); owner = prototypeOf(owner)) {
    if (!Object.hasOwn(owner, name)) continue;
    const method: unknown = Reflect.get(holder, name);
    if (typeof method !== "function" || isClass(method)) return undefined;
    return { kind: "function", run: (data, job) => Reflect.apply(method, holder, [data, job]) as unknown };
  }
  return undefined;
}

function isBuiltIn(value: object): boolean {
  return value === Function.prototype || value === Object.prototype;
}

function prototypeOf(value: object): object | null {
  return Object.getPrototypeOf(value) as object | null;
}
