import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";

const DIAL_AGAIN_AFTER_MS = 10;

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
  const admin = new Redis({
    path: socket,
    // Dials until the server is up, and again when it drops its connections.
    retryStrategy: () => DIAL_AGAIN_AFTER_MS,
    maxRetriesPerRequest: null,
    ...(password === undefined ? {} : { password }),
  });
  admin.on("error", () => undefined);
  await admin.ping();
  const stop = async (): Promise<void> => {
    admin.disconnect();
    server.kill("SIGKILL");
    await server.exited;
    await rm(folder, { recursive: true, force: true });
  };
  return { url: `redis+unix://${socket}`, socket, pid: server.pid, admin, stop };
}

/** A free port whose cluster bus, 10,000 above it, is a port as well. */
export function freePort(): number {
  for (;;) {
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
    const { port } = server;
    server.stop(true);
    if (port < 55_000) return port;
  }
}
