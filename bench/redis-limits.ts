import type { RedisServer } from "./redis-server.ts";

const BODY = "x".repeat(100);
/** What one push costs at least: a script that adds one entry to a stream. */
const SCRIPT = `return redis.call("XADD", KEYS[1], "*", "d", ARGV[1])`;
const KEY = "limits";

export interface Limit {
  readonly perSecond: number;
  /** From sending a command to its reply, the median. */
  readonly roundTripMs: number;
}

/** How `redis-benchmark` sends: how many connections, and how many commands at a time on each. */
export interface Sending {
  readonly commands: number;
  readonly connections: number;
  readonly pipeline: number;
}

/** What the server does at most, told by `redis-benchmark`, the store's own program. Leaves nothing in it. */
export async function limitOf(command: "XADD" | "EVALSHA", redis: RedisServer, sending: Sending): Promise<Limit> {
  const xadd = ["XADD", KEY, "*", "d", BODY];
  const words = command === "XADD" ? xadd : ["EVALSHA", await redis.load(SCRIPT), "1", KEY, BODY];
  const { commands, connections, pipeline } = sending;
  const flags = ["-p", new URL(redis.url).port, "-n", commands, "-c", connections, "-P", pipeline];
  const child = Bun.spawn(["redis-benchmark", ...flags.map(String), "--precision", "3", "--csv", ...words], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const text = await child.stdout.text();
  await redis.empty();
  return limitIn(text);
}

/** Reads the line that `redis-benchmark --csv` prints under its head. */
function limitIn(text: string): Limit {
  const [head = [], values = []] = text
    .trim()
    .split("\n")
    .slice(-2)
    .map((line) => line.split('","').map((cell) => cell.replaceAll('"', "")));
  const cell = (name: string): number => Number(values[head.indexOf(name)]);
  const limit = { perSecond: cell("rps"), roundTripMs: cell("p50_latency_ms") };
  if (Number.isNaN(limit.perSecond + limit.roundTripMs)) throw new Error(`redis-benchmark printed no figures: ${text}`);
  return limit;
}
