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
  /** Of the process that runs now. */
  readonly pid: number;
  /** A plain connection, to look behind the driver. Closed by `stop`. */
  readonly admin: Redis;
  /** Ends it, as a crash does when no other signal is named. Its folder and its socket's path stay. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again after {@link kill}, with these settings over the old ones, and resolves when it answers. */
  revive(settings?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a `redis-server` on a socket in a folder of its own. `settings` are further ones of redis.conf. */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), "mpq-redis-"));
  const socket = join(folder, "redis.sock");
  const own = { port: "0", unixsocket: socket, dir: folder, save: "", appendonly: "no", ...settings };
  let server = launch(own);
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
  const kill = async (signal: NodeJS.Signals = "SIGKILL"): Promise<void> => {
    server.kill(signal);
    await server.exited;
  };
  const revive = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
    server = launch({ ...own, ...more });
    await admin.ping();
  };
  const stop = async (): Promise<void> => {
    admin.disconnect();
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  return {
    url: `redis+unix://${socket}`,
    socket,
    get pid() {
      return server.pid;
    },
    admin,
    kill,
    revive,
    stop,
  };
}

function launch(settings: Readonly<Record<string, string>>): Bun.Subprocess {
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return Bun.spawn(["redis-server", ...args], { stdin: "ignore", stdout: "ignore", stderr: "inherit" });
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
