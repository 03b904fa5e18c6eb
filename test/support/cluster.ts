import type { Redis } from "ioredis";
import { freePort, startRedis } from "./redis.ts";
import { until } from "./until.ts";

const NODES = 3;
const SLOTS = 16_384;

/** A Redis Cluster of a test's own. */
export interface TestCluster {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts three nodes on free ports of this host, each with a third of the slots. */
export async function startCluster(): Promise<TestCluster> {
  const ports = Array.from({ length: NODES }, freePort);
  const servers = await Promise.all(
    ports.map((port) => startRedis({ port: String(port), bind: "127.0.0.1", "cluster-enabled": "yes" })),
  );
  for (const [index, { admin }] of servers.entries()) {
    const [first, next] = [index, index + 1].map((part) => Math.floor((SLOTS / NODES) * part));
    await admin.call("CLUSTER", "ADDSLOTSRANGE", first ?? 0, (next ?? SLOTS) - 1);
    // Each is told of each: hearsay takes seconds.
    for (const port of ports.slice(index + 1)) await admin.call("CLUSTER", "MEET", "127.0.0.1", port);
  }
  await until("every node knows the whole cluster", () => isAllTrue(servers.map(({ admin }) => isComplete(admin))));
  return {
    url: `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(",")}`,
    stop: async () => {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

async function isComplete(admin: Redis): Promise<boolean> {
  const info = String(await admin.call("CLUSTER", "INFO"));
  return info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${NODES}`);
}

async function isAllTrue(facts: readonly Promise<boolean>[]): Promise<boolean> {
  return (await Promise.all(facts)).every(Boolean);
}
