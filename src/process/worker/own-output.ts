import type { Stream } from "../../telemetry/events.ts";
import { isUnread, makeBlocking } from "../libc.ts";

/**
 * One of the two pipes in which this process prints. Code of the user writes to it in two ways: at once, as `console.log`
 * and every child do, which wait where there is no room; or through the stream of `process`, which keeps what there is
 * no room for.
 */
export class OwnOutput {
  readonly stream: Stream;
  readonly #descriptor: number;
  /** As it is before code of the user puts something else in its place. */
  readonly #write: NodeJS.WriteStream["write"];
  /** Whether this process is known to have printed something since the last line of ours. */
  #printed = false;
  /** Whether the stream may hold something that is not in the pipe yet. */
  #keeps = false;

  constructor(stream: Stream) {
    this.stream = stream;
    this.#descriptor = stream === "stdout" ? 1 : 2;
    const own = process[stream];
    this.#write = own.write.bind(own);
    own.write = (...told: unknown[]) => {
      const written = Reflect.apply(this.#write, own, told) as boolean;
      this.#printed = true;
      this.#keeps ||= !written;
      return written;
    };
    // The stream has just made the pipe one where all others fail when there is no room. It needs no such thing itself.
    makeBlocking(this.#descriptor);
  }

  /** Something is printed by another way than the stream. */
  notice(): void {
    this.#printed = true;
  }

  /** Whether something was printed since the last line of ours: this process knows. */
  get printed(): boolean {
    return this.#printed;
  }

  /** Whether something that was printed stands in the pipe, by whomever. */
  isUnread(): boolean {
    return isUnread(this.#descriptor);
  }

  /** Adds a line behind everything that was printed. Gives what to wait for where it is not in the pipe yet. */
  append(line: string): Promise<void> | undefined {
    const { promise, resolve } = Promise.withResolvers<void>();
    const written = this.#write(line, () => resolve());
    this.#printed = false;
    if (written && !this.#keeps) return undefined;
    return promise.then(() => void (this.#keeps = false));
  }

  /** Resolves when everything that was printed is in the pipe. */
  async flushed(): Promise<void> {
    // What is kept has to be followed by something, or nobody is told when it is gone.
    if (this.#keeps) await this.append("\n");
  }
}

export const OWN_OUTPUTS: readonly [OwnOutput, OwnOutput] = [new OwnOutput("stdout"), new OwnOutput("stderr")];

noticeConsole();

/** Has every function of `console` say that it is called; which of the two pipes it means is its own affair. */
function noticeConsole(): void {
  const functions = Object.entries(console).filter(
    ([name, value]) => typeof value === "function" && /^[a-z]/.test(name),
  );
  for (const [name, print] of functions as [string, () => unknown][]) {
    const noticed = (...told: unknown[]): unknown => {
      for (const output of OWN_OUTPUTS) output.notice();
      return Reflect.apply(print, console, told);
    };
    Reflect.set(console, name, noticed);
  }
}
