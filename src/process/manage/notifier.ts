import { emit } from "../../telemetry/events.ts";
import type { Send } from "../datagram.ts";

/** The receiver's queue may be full for a moment; what could not be sent is sent again after so long. */
const AGAIN_MS = 100;
/** What could not be sent so often in a row never will be. */
const TRIES = 50;

/** Sends messages one after another, in their order, without ever waiting for the receiver. */
export class Notifier {
  readonly #address: string;
  readonly #send: Send;
  readonly #messages: string[] = [];
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(address: string, send: Send) {
    this.#address = address;
    this.#send = send;
  }

  /** Takes the lines of one message. When messages do not arrive for long, they are dropped, and an event says so once. */
  send(lines: readonly string[]): void {
    this.#messages.push(lines.join("\n"));
    if (this.#timer === undefined) this.#flush();
  }

  #flush(): void {
    this.#timer = undefined;
    for (let text = this.#messages[0]; text !== undefined; text = this.#messages[0]) {
      if (!this.#send(text)) return this.#failed();
      this.#failures = 0;
      this.#messages.shift();
    }
  }

  #failed(): void {
    if (++this.#failures === TRIES) emit({ event: "systemd.unreachable", socket: this.#address });
    if (this.#failures >= TRIES) return void this.#messages.splice(0);
    this.#timer = setTimeout(() => this.#flush(), AGAIN_MS);
    // Whoever waits for the service to end does not wait for this.
    this.#timer.unref();
  }
}
