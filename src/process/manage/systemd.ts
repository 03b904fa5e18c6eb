import { type Event, listen } from "../../telemetry/events.ts";
import { Bell } from "../bell.ts";
import { hostClock } from "../clock.ts";
import { openDatagrams } from "../datagram.ts";
import { systemMonotonicMs } from "../libc.ts";
import type { ProcessStatus } from "../protocol.ts";
import { Notifier } from "./notifier.ts";
import { type Phase, isSilent, isWorking, statusLine } from "./status-line.ts";

/** Asks all masters how they and their workers are. One that does not answer is told as such, after a moment. */
type AskMasters = () => Promise<readonly ProcessStatus[]>;

interface Step {
  readonly from: readonly Phase[];
  readonly to: Phase;
  /** With a status that holds until the masters have been asked. */
  readonly words: () => readonly string[];
}

const ready = (): readonly string[] => ["READY=1", "STATUS=up"];
const stopping = (): readonly string[] => ["STOPPING=1", "STATUS=stopping"];
/** The moment tells systemd that this is the reload that it asked for. */
const reloading = (): readonly string[] => [
  "RELOADING=1",
  `MONOTONIC_USEC=${Math.floor((systemMonotonicMs() ?? 0) * 1000)}`,
  "STATUS=reloading",
];

/** What each event says to systemd, and in which phases it does. A stop is the last word, whatever ends during it. */
const STEPS: Readonly<Partial<Record<Event["event"], Step>>> = {
  "service.started": { from: ["starting"], to: "running", words: ready },
  "service.reloading": { from: ["running"], to: "reloading", words: reloading },
  "service.reloaded": { from: ["reloading"], to: "running", words: ready },
  "service.reload-failed": { from: ["reloading"], to: "running", words: ready },
  "service.stopping": { from: ["starting", "running", "reloading"], to: "stopping", words: stopping },
};

/** How often masters are asked while nothing goes on and no watchdog wants to know. */
const REST_MS = 10_000;
/** The same while something goes on, or a master does not answer. */
const SOON_MS = 1_000;
/** A stop or a reload that goes on is given so much longer, again and again. */
const ONWARD_MS = 10_000;
/** A start gets so much longer with each worker that became ready: one that hangs is not helped. */
const START_MS = 30_000;

/**
 * Speaks systemd's notification protocol for the service: when it is up, reloads and stops, what it waits for, and, while
 * every master answers, that it is well. Whether the store can be reached does not count: a restart would not bring it back.
 */
export class Systemd {
  readonly #notifier: Notifier;
  readonly #watchdogMs: number | undefined;
  readonly #bell = new Bell(hostClock);
  #phase: Phase = "starting";
  #storeFault: string | undefined;
  #line = "";
  /** The most workers that were ready at once. */
  #mostReady = 0;
  #ended = false;

  private constructor(notifier: Notifier, watchdogMs: number | undefined) {
    this.#notifier = notifier;
    this.#watchdogMs = watchdogMs;
  }

  /**
   * Takes systemd's words to this process out of its environment, so that no child speaks in its place. Gives undefined
   * when nobody wants to be notified.
   */
  static take(env: NodeJS.ProcessEnv): Systemd | undefined {
    const { NOTIFY_SOCKET: address, WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env;
    for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
    const send = address === undefined ? undefined : openDatagrams(address);
    if (address === undefined || send === undefined) return undefined;
    const isWatched = Number(usec) > 0 && (pid === undefined || Number(pid) === process.pid);
    return new Systemd(new Notifier(address, send), isWatched ? Number(usec) / 1000 : undefined);
  }

  /** Tells what happens to the service from now on, until it has stopped. */
  follow(ask: AskMasters): void {
    const end = listen((event) => {
      if (event.event === "service.stopped") end();
      this.#hear(event);
    });
    void this.#beat(ask);
  }

  #hear(event: Event): void {
    if (event.event === "service.stopped") this.#ended = true;
    else if (event.event === "store.lost") this.#storeFault = event.error.message;
    else if (event.event === "store.back") this.#storeFault = undefined;
    else this.#step(STEPS[event.event]);
    this.#bell.ring();
  }

  #step(step: Step | undefined): void {
    if (step === undefined || !step.from.includes(this.#phase)) return;
    this.#phase = step.to;
    this.#line = "";
    this.#notifier.send(step.words());
  }

  async #beat(ask: AskMasters): Promise<void> {
    while (!this.#ended) {
      const phase = this.#phase;
      const rows = await ask();
      // What they said was of another time.
      if (phase !== this.#phase) continue;
      const isWell = !rows.some(isSilent);
      const words = [...this.#status(rows), ...this.#moreTime(rows, isWell), ...this.#feed(isWell)];
      if (words.length > 0 && !this.#ended) this.#notifier.send(words);
      await this.#bell.wait(this.#restMs(isWell));
    }
  }

  #status(rows: readonly ProcessStatus[]): string[] {
    const line = statusLine({ phase: this.#phase, rows, storeFault: this.#storeFault });
    if (line === this.#line) return [];
    this.#line = line;
    return [`STATUS=${line}`];
  }

  #moreTime(rows: readonly ProcessStatus[], isWell: boolean): string[] {
    const before = this.#mostReady;
    this.#mostReady = Math.max(before, rows.filter(isWorking).length);
    if (this.#phase === "starting" && this.#mostReady > before) return [extension(START_MS)];
    // How long a stop takes has a bound of its own, so that it also ends when masters do not answer.
    const goesOn = this.#phase === "stopping" || (this.#phase === "reloading" && isWell);
    return goesOn ? [extension(ONWARD_MS)] : [];
  }

  #feed(isWell: boolean): string[] {
    return isWell && this.#watchdogMs !== undefined ? ["WATCHDOG=1"] : [];
  }

  #restMs(isWell: boolean): number {
    const restMs = isWell && this.#phase === "running" ? REST_MS : SOON_MS;
    return Math.min(restMs, (this.#watchdogMs ?? Number.POSITIVE_INFINITY) / 2);
  }
}

function extension(ms: number): string {
  return `EXTEND_TIMEOUT_USEC=${ms * 1000}`;
}
