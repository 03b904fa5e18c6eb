/** mpq's own client, from its source. Its workers are the compiled binary's. */
import { configure } from "../../src/client/configure.ts";
import { Queue } from "../../src/client/queue.ts";
import { driverFromUrl } from "../../src/driver/open.ts";
import type { JobData } from "../../src/job/data.ts";

interface Pusher {
  one(data: JobData, delay: number): Promise<unknown>;
  many(list: readonly JobData[], delay: number): Promise<unknown>;
  left(): Promise<number>;
  close(): Promise<void>;
}

export async function openPusher(address: string, queue: string): Promise<Pusher> {
  configure({ driver: driverFromUrl(address) });
  return {
    one: (data, delay) => Queue.push(queue, "noop", data, delay),
    many: (list, delay) =>
      Queue.pushMany(
        queue,
        list.map((data) => ({ job: "noop", data, delay })),
      ),
    async left() {
      const driver = await driverFromUrl(address).open();
      const { ready, delayed, active } = await driver.counts(queue);
      await driver.close();
      return ready + delayed + active;
    },
    close: () => Queue.close(),
  };
}
