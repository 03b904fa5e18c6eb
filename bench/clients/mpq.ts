/** mpq's own client, from its source. Its workers are the compiled binary's. */
import { configure } from "../../src/client/configure.ts";
import { Queue } from "../../src/client/queue.ts";
import { driverFromUrl } from "../../src/driver/open.ts";
import type { JobData } from "../../src/job/data.ts";

const QUEUE = "bench";

interface Pusher {
  one(data: JobData): Promise<unknown>;
  many(list: readonly JobData[]): Promise<unknown>;
  left(): Promise<number>;
  close(): Promise<void>;
}

export async function openPusher(address: string): Promise<Pusher> {
  configure({ driver: driverFromUrl(address) });
  return {
    one: (data) => Queue.push(QUEUE, "noop", data),
    many: (list) =>
      Queue.pushMany(
        QUEUE,
        list.map((data) => ({ job: "noop", data })),
      ),
    async left() {
      const driver = await driverFromUrl(address).open();
      const { ready, delayed, active } = await driver.counts(QUEUE);
      await driver.close();
      return ready + delayed + active;
    },
    close: () => Queue.close(),
  };
}
