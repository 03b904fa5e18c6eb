import { FFIType, ptr } from "bun:ffi";
import { openCLibrary } from "../../src/process/c-library.ts";
import { AF_UNIX, MSG_DONTWAIT, SOCK_CLOEXEC, SOCK_DGRAM, socketAddress } from "../../src/process/datagram.ts";
import { until } from "./until.ts";

const MAX_MESSAGE = 4_096;

const libc = openCLibrary({
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
  recv: { args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i64 },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
});

/** One message to systemd: its lines by their names. */
export type Message = Readonly<Record<string, string>>;

/** What systemd listens on: a Unix datagram socket of a test's own. */
export class NotifySocket {
  readonly address: string;
  readonly #socket: number;
  readonly #messages: Message[] = [];
  readonly #arrivals = new WeakMap<Message, number>();

  /** `address` is a path, or an abstract name after an "@". */
  constructor(address: string) {
    const bound = socketAddress(address);
    if (libc === undefined || bound === undefined) throw new Error(`no socket can be made at ${address}`);
    this.address = address;
    this.#socket = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (libc.bind(this.#socket, ptr(bound), bound.length) !== 0) throw new Error(`nothing can listen at ${address}`);
  }

  /** Everything that arrived so far, the first first. */
  get messages(): readonly Message[] {
    for (let message = this.#receive(); message !== undefined; message = this.#receive()) {
      this.#messages.push(message);
      this.#arrivals.set(message, performance.now());
    }
    return this.#messages;
  }

  /** How many messages said so. */
  count(name: string, value?: string): number {
    return this.messages.filter((message) => says(message, name, value)).length;
  }

  /** Waits for a message that says so, and gives the first one. */
  hears(name: string, value?: string | RegExp): Promise<Message> {
    const what = `systemd hears ${name}=${String(value ?? "")}`;
    return until(what, () => this.messages.find((message) => says(message, name, value)));
  }

  /** The longest time between two messages that said so, and since the last one, in milliseconds. */
  longestPause(name: string): number {
    const found = this.messages.filter((message) => says(message, name, undefined));
    const times = [...found.map((message) => this.#arrivals.get(message) ?? 0), performance.now()];
    return Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? 0)));
  }

  /** Forgets what arrived so far. */
  forget(): void {
    this.#messages.splice(0, this.messages.length);
  }

  close(): void {
    libc?.close(this.#socket);
  }

  #receive(): Message | undefined {
    const bytes = Buffer.alloc(MAX_MESSAGE);
    const length = Number(libc?.recv(this.#socket, ptr(bytes), bytes.length, MSG_DONTWAIT) ?? -1);
    if (length < 0) return undefined;
    const lines = bytes.toString("utf8", 0, length).split("\n");
    return Object.fromEntries(lines.map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
  }
}

function says(message: Message, name: string, value: string | RegExp | undefined): boolean {
  const found = message[name];
  if (found === undefined || value === undefined) return found !== undefined;
  return typeof value === "string" ? found === value : value.test(found);
}
