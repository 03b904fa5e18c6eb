import { redis } from "../../../src/driver/redis/redis.ts";
import { startRedis } from "../../support/redis.ts";
import { MODES, describeDriver } from "../contract.ts";

for (const mode of MODES) {
  describeDriver(
    "redis",
    async () => {
      const server = await startRedis();
      return { connect: () => redis(server.url).open(), end: () => server.stop() };
    },
    mode,
  );
}
