import { Redis } from "ioredis";
import { redis } from "../../../src/driver/redis/redis.ts";
import { freePort, startRedis } from "../../support/redis.ts";
import { until } from "../../support/until.ts";
import { MODES, type Opened, describeDriver } from "../contract.ts";

const NODES = 3;
const SLOTS = 16_384;

for (const mode of MODES) describeDriver("redis cluster", startCluster, mode);

/** Three nodes on free ports of this host, each with a third of the slots. */
async function startCluster(): Promise<Opened> {
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
  const url = `redis+cluster://${ports.map((port) => `127.0.0.1:${port}`).join(",")}`;
  return {
    connect: () => redis(url).open(),
    end: async () => {
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
