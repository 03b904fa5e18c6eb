import type { JobData } from "../job/data.ts";
import type { JobContext, PolicyOptions } from "../job/job.ts";
import type { JobId } from "../job/id.ts";
import type { Priority } from "../job/state.ts";

/** What a push may say of its job; what it leaves open comes from the job's class, then from the queue. */
export interface PushOptions extends PolicyOptions {
  /** Seconds until the job is ready, to the millisecond. */
  readonly delay?: number;
  /** An id of your own: a job whose id the queue holds already is not made again. */
  readonly id?: JobId;
  /** Ready jobs of a higher priority are taken first. `"normal"` when absent. */
  readonly priority?: Priority;
}

/** A job class as the type of a push reads it: what it makes has a `handle` and its data. */
export type AnyJobClass = (abstract new (...data: never[]) => AnyJob) & PolicyOptions;

/** An instance of a job class. */
export interface AnyJob {
  readonly data: JobData | undefined;
  handle(): unknown;
}

/** A class with static methods. */
export type AnyClass = abstract new (...made: never[]) => unknown;

/** A function that handles a job, exported by its name from the jobs folder. */
export type AnyJobFunction = (data: never, job: JobContext) => unknown;

/** Names of the static methods of a class. */
export type StaticMethod<Class> = {
  [Key in keyof Class]: Class[Key] extends AnyJobFunction ? Key : never;
}[keyof Class] &
  string;

/** The data that a job of this kind wants. */
export type DataOf<Kind> = Kind extends abstract new (...data: never[]) => { readonly data: infer Data }
  ? Data
  : Kind extends (...handler: infer Handler) => unknown
    ? Handler extends [infer Data, ...unknown[]]
      ? Data
      : Handler extends []
        ? undefined
        : Handler[0]
    : Kind extends readonly [infer Class, infer Method extends string]
      ? DataOf<Class[Method & keyof Class]>
      : JobData | undefined;

/** What follows the job in a push: its data, where it wants any, and the delay in seconds or the options. */
export type Rest<Data> = IsOptional<Data> extends true ? OptionalRest<Data> : [data: Data, how?: number | PushOptions];

/**
 * The same for a job class. A number is always the delay, also where the class wants data: its constructor may fill in
 * what is left out.
 */
export type ClassRest<Data> = Rest<Data> | [delay: number];

type OptionalRest<Data> = [delay?: number] | [data: Data | undefined, how?: number | PushOptions];

type IsOptional<Data> = undefined extends Data ? true : {} extends Data ? true : false;

/**
 * One job of `Queue.pushMany`: the job, its data where it wants any, and its options beside them. `Kind` is the type of
 * the job: `PushItem<typeof SendMail>`, or nothing for a job by name.
 */
export type PushItem<Kind = string> = PushOptions & { readonly job: Kind } & DataField<DataOf<Kind>>;

/** Items typed each by its job, so that data that its job does not want is a type error. */
export type ItemsOf<Kinds extends readonly unknown[]> = { readonly [Index in keyof Kinds]: PushItem<Kinds[Index]> };

type DataField<Data> = IsOptional<Data> extends true ? { readonly data?: Data | undefined } : { readonly data: Data };
