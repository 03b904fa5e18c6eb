import { EXPECTED_NAME, isName } from "../config/read.ts";
import { isMpqError, MpqError } from "../errors.ts";
import { isJobData, type JobData } from "../job/data.ts";
import type { JobId } from "../job/id.ts";
import { isJobClass, type JobContext } from "../job/job.ts";
import { show } from "../job/policy.ts";
import { closeSession, currentSession } from "./configure.ts";
import { inline } from "./inline.ts";
import { type Order, readOrder, requestOf } from "./order.ts";
import type {
  AnyClass,
  AnyJob,
  AnyJobClass,
  AnyJobFunction,
  ClassRest,
  DataOf,
  ItemsOf,
  PushItem,
  PushOptions,
  Rest,
  StaticMethod,
} from "./pushable.ts";

/** Puts jobs into queues. `mpq worker:start` runs them. */
export interface Queue {
  /**
   * Pushes one job and resolves to its id once the store has it.
   *
   * `Queue.push(queue, job, data?, delayOrOptions?)`: a number in place of the data, or after it, is the delay in
   * seconds, to the millisecond. The job is a job class, an instance of one, a function exported from the jobs folder,
   * a static method (`[Reports, "build"]`), or the name of any of these. An anonymous function, and one in `inline(…)`,
   * is sent as its source, signed; it may use nothing of its surroundings (`docs/functions.md`).
   *
   * Rejects with `JOB_INVALID`, `DATA_NOT_JSON`, `DATA_TOO_LARGE` or `USAGE` for what was given, with `SECRET_MISSING`
   * where nothing can sign a function, and with
   * `STORE_UNREACHABLE` when the store does not answer for `pushTimeout` seconds: never later, and never twice the job.
   * Pushes to one queue reach it in the order of their calls.
   */
  push<Kind extends AnyJobClass>(queue: string, job: Kind, ...rest: ClassRest<DataOf<Kind>>): Promise<JobId>;
  push<Class extends AnyClass, Method extends StaticMethod<Class>>(
    queue: string,
    job: readonly [Class, Method],
    ...rest: Rest<DataOf<Class[Method]>>
  ): Promise<JobId>;
  push<Data extends JobData>(
    queue: string,
    job: (data: Data, job: JobContext) => unknown,
    data: Data,
    how?: number | PushOptions,
  ): Promise<JobId>;
  push<Data extends JobData | undefined>(
    queue: string,
    job: (data: Data, job: JobContext) => unknown,
    ...rest: Rest<Data>
  ): Promise<JobId>;
  push(queue: string, job: AnyJob, ...rest: Rest<undefined>): Promise<JobId>;
  push(queue: string, job: string, ...rest: Rest<JobData | undefined>): Promise<JobId>;

  /**
   * Pushes many jobs to one queue and resolves to their ids, in order: one round trip for each 1,000 jobs or 4 MB.
   *
   * Each item is a job, its `data`, and its options beside them. All items are checked before the first is sent; each
   * round trip is all or nothing. Rejects like `push`.
   */
  pushMany<const Kinds extends readonly unknown[]>(queue: string, items: ItemsOf<Kinds>): Promise<JobId[]>;
  pushMany(queue: string, items: readonly PushItem[]): Promise<JobId[]>;

  /**
   * Waits for what was pushed and closes the store, so that the process can end. A later push opens it again. May be
   * called twice, and without a push.
   */
  close(): Promise<void>;
}

async function push(queue: string, job: unknown, third?: unknown, fourth?: unknown): Promise<JobId> {
  checkQueueName(queue);
  const order = readOrder(requestOf(job, third, fourth));
  await currentSession().outbox(queue).add([order]);
  return order.id;
}

async function pushMany(queue: string, items: readonly unknown[]): Promise<JobId[]> {
  checkQueueName(queue);
  if (!Array.isArray(items)) throw new MpqError("USAGE", `the items of pushMany are ${show(items)}; expected an array`);
  const orders = items.map(readItem);
  if (orders.length > 0) await currentSession().outbox(queue).add(orders);
  return orders.map((order) => order.id);
}

function readItem(item: unknown, index: number): Order {
  try {
    if (!isJobData(item)) throw new MpqError("USAGE", `it is ${show(item)}; expected { job, data?, …options }`);
    const { job, data, ...how } = item;
    return readOrder({ job: isNamedByItem(job) ? inline(job) : job, data, how });
  } catch (cause) {
    if (!isMpqError(cause)) throw cause;
    throw new MpqError(cause.code, `items[${index}]: ${cause.message}`, { cause });
  }
}

/** An anonymous function gets the name of the field that it is written into. */
function isNamedByItem(job: unknown): job is AnyJobFunction {
  if (typeof job !== "function" || job.name !== "job" || isJobClass(job)) return false;
  return !/^(?:async\s+)?(?:function\s*\*?|class)\s*job\b/.test(Function.prototype.toString.call(job));
}

function checkQueueName(queue: unknown): asserts queue is string {
  if (typeof queue === "string" && isName(queue)) return;
  throw new MpqError("USAGE", `the queue is ${show(queue)}; expected ${EXPECTED_NAME}`);
}

export const Queue: Queue = { push, pushMany, close: closeSession };
