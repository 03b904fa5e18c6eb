/**
 * One connection to Redis: calls that are repeated until they are answered or the bound is over. Every call that goes
 * through here may be carried out twice, so each must be one that may be repeated.
 */
import { Cluster, Redis } from "ioredis";
import type { Script } from "./scripts.ts";
import type { Target } from "./url.ts";
import { refusalOf, storeClosed, unreachable } from "./refusals.ts";
import { letChannelsTellWhoListens } from "./tracing.ts";

/** A call that gets no answer within this time is taken for lost, and its connection is dialled again. */
const ANSWER_WITHIN_MS = 4_000;
const DIAL_WITHIN_MS = 2_000;
const DIAL_AGAIN_AFTER_MS = 100;
const REPEAT_AFTER_MS = 50;
/** How long a call is repeated before it fails. */
const BOUND_MS = 10_000;

export class Connection {
  readonly #target: Target;
  readonly #client: Redis | Cluster;
  #fault: unknown;
  #closed = false;

  constructor(target: Target) {
    this.#target = target;
    this.#client = dial(target);
    this.#client.on("error", (error: unknown) => {
      this.#fault = error;
    });
  }

  /** Runs a script with its keys and named arguments, and a list behind them. */
  async run<Arg extends string, Reply>(
    script: Script<Arg, Reply>,
    keys: readonly string[],
    args: () => Invocation<Arg>,
    boundMs: number = BOUND_MS,
  ): Promise<Reply> {
    const attempt = async (): Promise<unknown> => {
      const { named, list = [] } = args();
      const rest = [keys.length, ...keys, ...script.args.map((name) => named[name]), ...list];
      try {
        return await this.#client.call("EVALSHA", script.digest, ...rest);
      } catch (error) {
        if (!isReply(error, "NOSCRIPT")) throw error;
        return this.#client.call("EVAL", script.text, ...rest);
      }
    };
    return (await this.#repeat(script.name, attempt, boundMs)) as Reply;
  }

  /** Makes one plain call. */
  call(command: string, args: readonly (string | number)[], boundMs: number = BOUND_MS): Promise<unknown> {
    return this.#repeat(command, () => this.#client.call(command, ...args), boundMs);
  }

  /** Makes one plain call, once. Rejects with whatever went wrong. */
  once(command: string, args: readonly (string | number)[]): Promise<unknown> {
    return this.#client.call(command, ...args);
  }

  /** Drops the line and dials again; what was under way is rejected. */
  redial(): void {
    if (!this.#closed) this.#client.disconnect(true);
  }

  close(): void {
    this.#closed = true;
    this.#client.disconnect();
  }

  async #repeat(what: string, attempt: () => Promise<unknown>, boundMs: number): Promise<unknown> {
    const end = performance.now() + boundMs;
    for (;;) {
      if (this.#closed) throw storeClosed(this.#target.label);
      try {
        return await this.#answered(attempt(), end);
      } catch (error) {
        if (this.#closed) throw storeClosed(this.#target.label, error);
        const refusal = refusalOf(this.#target.label, what, error);
        if (refusal !== undefined) throw refusal;
        // A server that was demoted: who asks the Sentinels again finds the one that took over.
        if (isReply(error, "READONLY")) this.redial();
        if (performance.now() + REPEAT_AFTER_MS > end)
          throw unreachable(this.#target.label, what, this.#fault ?? error);
        await new Promise((resolve) => setTimeout(resolve, REPEAT_AFTER_MS));
      }
    }
  }

  /** Redials when the answer takes too long: the line may be dead though nobody said so. */
  async #answered(attempt: Promise<unknown>, end: number): Promise<unknown> {
    const withinMs = Math.min(ANSWER_WITHIN_MS, Math.max(1, end - performance.now()));
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`no answer within ${Math.round(withinMs)} ms`));
        this.redial();
      }, withinMs);
    });
    try {
      return await Promise.race([attempt, silence]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The arguments of one try of a script. */
export interface Invocation<Arg extends string> {
  readonly named: Readonly<Record<Arg, string | number>>;
  readonly list?: readonly (string | number)[];
}

function isReply(error: unknown, code: string): boolean {
  return error instanceof Error && error.message.startsWith(code);
}

function dial(target: Target): Redis | Cluster {
  letChannelsTellWhoListens();
  const options = {
    ...target.options,
    protocol: 2 as const,
    lazyConnect: true,
    connectTimeout: DIAL_WITHIN_MS,
    // This file repeats calls itself, with a bound: nothing is sent again behind its back.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    enableReadyCheck: false,
    enableAutoPipelining: false,
    disableClientInfo: true,
    retryStrategy: () => DIAL_AGAIN_AFTER_MS,
    sentinelRetryStrategy: () => DIAL_AGAIN_AFTER_MS,
  };
  if (target.cluster === undefined) return new Redis(options);
  return new Cluster([...target.cluster], {
    redisOptions: options,
    lazyConnect: true,
    enableAutoPipelining: false,
    enableReadyCheck: false,
    clusterRetryStrategy: () => DIAL_AGAIN_AFTER_MS,
  });
}
