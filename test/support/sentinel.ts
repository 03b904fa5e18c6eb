import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { freePort } from "./redis.ts";

/** A Sentinel of a test's own, which takes a server that is silent for a moment for dead. */
export interface TestSentinel {
  readonly port: number;
  /** Names the server that it watches. */
  readonly url: string;
  /** Tells whether it knows a replica that can take over. */
  readonly isReady: () => Promise<boolean>;
  stop(): Promise<void>;
}

/** Starts one that watches the server on this port under the name `main`. */
export async function startSentinel(masterPort: number): Promise<TestSentinel> {
  const folder = await mkdtemp(join(tmpdir(), "mpq-sentinel-"));
  const port = freePort();
  const file = join(folder, "sentinel.conf");
  const settings = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${folder}`,
    `sentinel monitor main 127.0.0.1 ${masterPort} 1`,
  ];
  await Bun.write(file, [...settings, "sentinel down-after-milliseconds main 200", ""].join("\n"));
  const server = Bun.spawn(["redis-server", file, "--sentinel"], { stdin: "ignore", stdout: "ignore" });
  const admin = new Redis({ port, retryStrategy: () => 20 });
  admin.on("error", () => undefined);
  await admin.ping();
  return {
    port,
    url: `redis+sentinel://127.0.0.1:${port}/main`,
    isReady: async () => String(await admin.call("SENTINEL", "REPLICAS", "main")).includes("master-link-status,ok"),
    stop: async () => {
      admin.disconnect();
      server.kill("SIGKILL");
      await server.exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
