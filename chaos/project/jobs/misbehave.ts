import { readlinkSync, writeSync } from "node:fs";
import { note } from "../note.ts";

interface Context {
  readonly id: string;
  readonly attempt: number;
  readonly signal: AbortSignal;
}

interface Misbehaviour {
  readonly way: string;
  /** How much of it, where it can be had in amounts. */
  readonly megabytes?: number;
}

/** Ways to behave badly. What each returns, or throws, is the end of the run. */
export const WAYS: Readonly<Record<string, (job: Context, data: Misbehaviour) => unknown>> = {
  // Runs that do not end.
  "blocks for ever": () => {
    for (;;);
  },
  "sleeps without yielding": () => {
    for (;;) Bun.sleepSync(50);
  },
  "never yields to timers": async () => {
    for (;;) await Promise.resolve();
  },
  "never ends": () => new Promise(() => undefined),
  "ignores its signal": async ({ signal }) => {
    while (Date.now() > 0) {
      await Bun.sleep(5);
      void signal.aborted;
    }
  },

  // Things that are thrown.
  "throws undefined": () => {
    throw undefined;
  },
  "throws a proxy that throws": () => {
    const trap = (): never => {
      throw new Error("do not look at me");
    };
    throw new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap });
  },
  "throws an error that throws": () => {
    throw Object.defineProperty(new Error("hidden"), "message", {
      get() {
        throw new Error("no message");
      },
    });
  },
  "throws an error with a symbol and a circle": () => {
    const error = new Error("round");
    error.cause = error;
    throw Object.assign(error, { name: Symbol("strange") });
  },
  "throws a megabyte": () => {
    throw new Error("x".repeat(1 << 20));
  },
  "rejects twice": () =>
    new Promise((_resolve, reject) => {
      reject(new Error("first"));
      reject(new Error("second"));
    }),
  "returns a thenable that throws": () => ({
    // oxlint-disable-next-line no-thenable -- this is the misbehaviour
    then() {
      throw new Error("then");
    },
  }),
  "overflows the stack": function overflow(): unknown {
    return [overflow()];
  },

  // What outlives the run.
  "throws later": () => void setTimeout(() => raise("later"), 5),
  "rejects later": () => void Bun.sleep(5).then(() => raise("unhandled")),
  "leaves timers behind": () => void setInterval(() => undefined, 1),
  "leaves a busy loop behind": () =>
    void setTimeout(() => {
      for (;;);
    }, 5),
  "leaves a child behind": () => void Bun.spawn(["sleep", "3"]),

  // The channel to the master.
  "sends rubbish": () => {
    for (const rubbish of RUBBISH) process.send?.(rubbish);
  },
  "floods the channel": () => {
    for (let count = 0; count < 5_000; count++) process.send?.({ say: "x".repeat(1_000) });
  },
  "closes the channel": () => process.disconnect?.(),
  "writes rubbish into the channel": () => {
    if (readlinkSync(`/proc/self/fd/${CHANNEL}`).startsWith("socket:")) {
      writeSync(CHANNEL, "\u0001\u0002rubbish\n{}\n".repeat(100));
    }
  },
  "takes all listeners away": () => void process.removeAllListeners(),

  // The process itself.
  "leaves the folder": () => process.chdir("/"),
  "prints very much": (_, { megabytes = 1 }) => {
    const line = `${"\u001b[31m\r<0>".padEnd(1_023, "x")}\n`;
    for (let count = 0; count < megabytes * 1_024; count++) writeSync(1 + (count % 2), line);
  },
};

/** The file through which a child of Bun's speaks to its parent. */
const CHANNEL = 3;

const RUBBISH: readonly unknown[] = [
  null,
  17,
  "ready",
  [],
  {},
  { say: "constructor" },
  { say: "progress" },
  { say: "progress", failures: "all" },
  { say: "progress", failures: [null, {}, { slot: 0, word: -1 }, { slot: 1e9, word: 1, outcome: "x", error: 5 }] },
  { say: "broken" },
  { say: "broken", error: null },
  { say: "x".repeat(1 << 20) },
];

/** Behaves in one bad way, after it noted that it began. */
export async function misbehave(data: Misbehaviour, job: Context): Promise<unknown> {
  note("start", job);
  try {
    const result = await WAYS[data.way]?.(job, data);
    note("done", job);
    return result;
  } catch (error) {
    note("threw", job);
    throw error;
  }
}

function raise(message: string): never {
  throw new Error(message);
}
