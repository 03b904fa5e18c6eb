import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { until } from "./until.ts";

/** A Redis of a test's own: empty, and without a trace when it is stopped. */
export interface TestRedis {
  /** Fit for `redis(url)`. */
  readonly url: string;
  /** The path of its socket. */
  readonly socket: string;
  readonly pid: number;
  /** A plain connection, to look behind the driver. Closed by `stop`. */
  readonly admin: Redis;
  stop(): Promise<void>;
}

/** Starts a `redis-server` on a socket in a folder of its own. `settings` are further ones of redis.conf. */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), "mpq-redis-"));
  const socket = join(folder, "redis.sock");
  const own = { port: "0", unixsocket: socket, dir: folder, save: "", appendonly: "no", ...settings };
  const args = Object.entries(own).flatMap(([name, value]) => [`--${name}`, value]);
  const server = Bun.spawn(["redis-server", ...args], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
  const password = settings["requirepass"];
  const options = { path: socket, lazyConnect: true, enableOfflineQueue: false, retryStrategy: () => null };
  const admin = await until("the redis-server answers", () =>
    connected(new Redis({ ...options, ...(password === undefined ? {} : { password }) })),
  );
  const stop = async (): Promise<void> => {
    admin.disconnect();
    server.kill("SIGKILL");
    await server.exited;
    await rm(folder, { recursive: true, force: true });
  };
  return { url: `redis+unix://${socket}`, socket, pid: server.pid, admin, stop };
}

async function connected(client: Redis): Promise<Redis | undefined> {
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.ping();
    return client;
  } catch {
    // Not up yet.
    client.disconnect();
    return undefined;
  }
}
