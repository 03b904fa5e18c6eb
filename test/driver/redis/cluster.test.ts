import { redis } from "../../../src/driver/redis/redis.ts";
import { startCluster } from "../../support/cluster.ts";
import { MODES, type Opened, describeDriver } from "../contract.ts";

for (const mode of MODES) describeDriver("redis cluster", openCluster, mode);

async function openCluster(): Promise<Opened> {
  const cluster = await startCluster();
  return { connect: () => redis(cluster.url).open(), end: () => cluster.stop() };
}
