import { join } from "node:path";
import { until } from "../clock.ts";
import { type World, freePort } from "../world.ts";
import { MpqSystem } from "./mpq.ts";
import { type PeerSetting, type PeerStore, PeerSystem } from "./peer.ts";
import type { System } from "./system.ts";

const BUNQUEUE: string = join(import.meta.dir, "../node_modules/bunqueue/dist/cli/index.js");

/** Every system, in the order of the report and of each round. */
export function systemsOf(world: World): readonly System[] {
  const onRedis = (setting: Omit<PeerSetting, "runtime" | "store">): PeerSystem =>
    new PeerSystem(world, { runtime: "node", store: "redis", ...setting }, () => redisStore(world));
  const sandboxed = { client: "bullmq-sandboxed", label: "sandboxed, 2 children", only: ["throughput", "work"] };
  const onBun = { runtime: process.execPath, store: "sqlite", product: "bunqueue" } as const;
  return [
    new MpqSystem(world, "redis", "distribute"),
    onRedis({ product: "bullmq", processes: 1, concurrency: 50, share: 0.2 }),
    new MpqSystem(world, "redis", "grab"),
    onRedis({ product: "bee-queue", processes: 2, concurrency: 50, share: 0.4 }),
    new MpqSystem(world, "sqlite", "distribute"),
    onRedis({ product: "bullmq", processes: 2, concurrency: 1, share: 0.1 }),
    new MpqSystem(world, "sqlite", "grab"),
    onRedis({ product: "bullmq", processes: 1, concurrency: 2, share: 0.05, ...sandboxed }),
    new PeerSystem(world, { ...onBun, processes: 2, concurrency: 50, share: 0.05 }, () => bunqueueStore(world)),
  ];
}

async function redisStore(world: World): Promise<PeerStore> {
  const redis = await world.redis();
  await redis.empty();
  return { folder: world.newFolder(), address: redis.url, redis, server: undefined };
}

/** bunqueue keeps its jobs in SQLite, behind a server of its own. */
async function bunqueueStore(world: World): Promise<PeerStore> {
  const folder = world.newFolder();
  const [port, httpPort] = [String(freePort()), String(freePort())];
  const ports = ["--tcp-port", port, "--http-port", httpPort, "--data-path", join(folder, "jobs.db")];
  const server = world.spawn([process.execPath, BUNQUEUE, "start", ...ports], { cwd: folder });
  void server.stdout.text(); // read, lest the pipe fills
  await until("bunqueue's server listens", () => listens(Number(port)));
  return { folder, address: `bunqueue://127.0.0.1:${port}`, redis: undefined, server };
}

async function listens(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => undefined } });
    socket.end();
    return true;
  } catch {
    return false; // not up yet
  }
}
