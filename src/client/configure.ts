import type { Config, DriverSource, QueueOptions } from "../config/config.ts";
import { readSecret } from "../config/secrets.ts";
import { isMpqError, MpqError } from "../errors.ts";
import { isJobData } from "../job/data.ts";
import { type Place, readSeconds, refuse, show } from "../job/policy.ts";
import { type Located, locate } from "./locate.ts";
import { type OwnTerms, readOwnTerms } from "./own-terms.ts";
import { Session } from "./session.ts";

/** What an application may say in code instead of in a configuration file. */
export interface ClientOptions {
  /** Where jobs are kept: `sqlite(path)`, `redis(url)`, or a driver of your own. `Queue.close` closes it. */
  readonly driver?: DriverSource;
  /** What pushes to a queue bring along where neither they nor their job's class say so: its policy and `maxSize`. */
  readonly queues?: Readonly<Record<string, QueueOptions>>;
  /** What signs functions that are pushed as source; of several, the first does. `MPQ_SECRET` when absent. */
  readonly secret?: string | readonly string[];
  /** Seconds that a push may go unanswered by the store before it fails with `STORE_UNREACHABLE`. 10 when absent. */
  readonly pushTimeout?: number;
}

const DEFAULT_PUSH_TIMEOUT_MS = 10_000;
const PLACE: Place = { code: "USAGE", where: "configure" };
const OPTION_NAMES: readonly string[] = ["driver", "queues", "secret", "pushTimeout"] satisfies (keyof ClientOptions)[];

let find: () => Promise<Located> = () => locate({ own: () => undefined });
let pushTimeoutMs = DEFAULT_PUSH_TIMEOUT_MS;
let inService = false;
let session: Session | undefined;

/**
 * Tells this process where its jobs go, before the first push. The last call stands, as a whole.
 *
 * Throws `USAGE` for an option that will not do, and after a push: call `Queue.close` first. Inside a worker it only
 * sets `pushTimeout`: jobs that a job pushes go to the store of its service, whatever the code that it shares with the
 * application says.
 */
export function configure(options: ClientOptions): void {
  checkOptions(options);
  const { driver, queues } = options;
  const own = readOwnTerms(queues, { code: "USAGE", where: "configure.queues" });
  const secret = options.secret === undefined ? undefined : readOwnSecret(options.secret);
  const timeoutMs =
    options.pushTimeout === undefined
      ? DEFAULT_PUSH_TIMEOUT_MS
      : readSeconds(options.pushTimeout, "pushTimeout", PLACE);
  if (timeoutMs === 0) throw refuse(PLACE, "pushTimeout", "more than 0 seconds", 0);
  if (!inService) {
    refuseWhileOpen();
    find = () => locate({ driver, own, secret });
  }
  pushTimeoutMs = timeoutMs;
}

/**
 * Makes this process push to the store of the service that it belongs to, with the service's configuration. For the
 * process tree and the commands; the store is opened when a job pushes for the first time.
 */
export function useStore(config: Pick<Config, "driver" | "queues" | "secrets">): void {
  const own = (queue: string): OwnTerms | undefined => config.queues.get(queue);
  inService = true;
  find = () => Promise.resolve({ source: config.driver, own, secrets: config.secrets });
}

/** The session that pushes go through; opened anew after it was closed. */
export function currentSession(): Session {
  session ??= new Session(find, pushTimeoutMs);
  return session;
}

export async function closeSession(): Promise<void> {
  const closing = session;
  session = undefined;
  await closing?.close();
}

function readOwnSecret(value: unknown): readonly string[] {
  try {
    return readSecret(value, "configure.secret");
  } catch (cause) {
    throw isMpqError(cause) ? new MpqError("USAGE", cause.message, { cause }) : cause;
  }
}

function refuseWhileOpen(): void {
  if (session === undefined) return;
  throw new MpqError("USAGE", "configure was called after a push; call it before the first push, or after Queue.close");
}

function checkOptions(options: unknown): void {
  if (!isJobData(options)) {
    throw new MpqError("USAGE", `configure was given ${show(options)}; expected { ${OPTION_NAMES.join(", ")} }`);
  }
  const unknown = Object.keys(options).find((key) => !OPTION_NAMES.includes(key));
  if (unknown !== undefined)
    throw new MpqError("USAGE", `configure.${unknown} is no option; expected ${OPTION_NAMES.join(", ")}`);
  const { driver } = options;
  if (driver !== undefined && !isDriverSource(driver)) {
    throw refuse(PLACE, "driver", "sqlite(path), redis(url), or a driver of your own", driver);
  }
}

function isDriverSource(value: unknown): value is DriverSource {
  if (typeof value !== "object" || value === null) return false;
  return typeof Reflect.get(value, "open") === "function" || typeof Reflect.get(value, "push") === "function";
}
