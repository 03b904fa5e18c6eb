import { newJobId } from "../job/id.ts";
import { openDriver } from "../driver/open.ts";
import type { Located } from "./locate.ts";
import { type OpenStore, Outbox, type Sender } from "./outbox.ts";

/** One use of one store by this process: from the first push until `close`. Opens the store when it is first needed. */
export class Session implements Sender {
  readonly pusher: string = newJobId();
  readonly timeoutMs: number;
  readonly #locate: () => Promise<Located>;
  readonly #outboxes = new Map<string, Outbox>();
  #opening: Promise<OpenStore> | undefined;
  #opened: OpenStore | undefined;

  constructor(locate: () => Promise<Located>, timeoutMs: number) {
    this.#locate = locate;
    this.timeoutMs = timeoutMs;
  }

  outbox(queue: string): Outbox {
    let outbox = this.#outboxes.get(queue);
    if (outbox === undefined) this.#outboxes.set(queue, (outbox = new Outbox(queue, this)));
    return outbox;
  }

  open(): Promise<OpenStore> {
    this.#opening ??= this.#start();
    return this.#opening;
  }

  async #start(): Promise<OpenStore> {
    try {
      const { source, own, secrets } = await this.#locate();
      this.#opened = { driver: await openDriver(source), own, secrets };
      return this.#opened;
    } catch (error) {
      // The next push finds and opens the store anew.
      this.#opening = undefined;
      throw error;
    }
  }

  /** Waits for what was pushed, then closes the store. Takes no longer than a push may go unanswered. */
  async close(): Promise<void> {
    await Promise.all([...this.#outboxes.values()].map((outbox) => outbox.drained()));
    if (this.#opened !== undefined) return this.#opened.driver.close();
    // A store that is still being opened holds nobody up: the pushes that wanted it have failed already and said why.
    void this.#opening?.then(({ driver }) => driver.close()).catch(() => undefined);
  }
}
