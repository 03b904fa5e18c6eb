import type { Host } from "./host.ts";
import { now } from "./project/clock.ts";

/** A process that was killed here. */
export interface Killed {
  readonly pid: number;
  readonly at: number;
}

/** Signals to processes of services, and a note of each that ended one. */
export class Injuries {
  readonly #hosts: readonly Host[];
  readonly killed: Killed[] = [];
  /** Those that were stopped, and are still to go on. */
  readonly #stopped = new Set<number>();

  constructor(hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  /** Sends a signal to a process of a service. One that ends it is remembered: its last run may have to be repeated. */
  signal(pid: number, signal: NodeJS.Signals): void {
    // One that was stopped at its birth does not end with its parent before it goes on.
    const goesOn = signal === "SIGCONT" && this.#stopped.delete(pid);
    const isOurs = goesOn || this.#hosts.some((host) => host.family().some((one) => one.pid === pid));
    if (isOurs && signal === "SIGSTOP") this.#stopped.add(pid);
    // Before, since this process may be made to wait afterwards.
    const at = now();
    if (isOurs && send(pid, signal) && !GENTLE.has(signal)) this.killed.push({ pid, at });
  }

  /** Kills processes whose death ends others: these are remembered as well. */
  killWithChildren(host: Host, pids: readonly number[]): void {
    const family = host.family();
    const at = now();
    for (const pid of pids) {
      // Its parent's death may have ended it already.
      if (host.family().some((one) => one.pid === pid)) send(pid, "SIGKILL");
    }
    for (const { pid } of family) this.killed.push({ pid, at });
  }
}

/** Sends a signal. False when the process has ended meanwhile. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** Signals that end nothing. */
const GENTLE: ReadonlySet<string> = new Set(["SIGSTOP", "SIGCONT", "SIGHUP", "SIGTSTP", "SIGTERM"]);
