import type { Attempt } from "../src/job/attempt.ts";
import { until } from "../test/support/until.ts";
import type { Counts } from "./audit.ts";
import type { Host } from "./host.ts";
import type { Ledger } from "./ledger.ts";
import { QUEUE } from "./pusher.ts";

/** A queue that does nothing for so long, though jobs are left, hangs. */
export const STALL_MS = 45_000;
const LOOK_MS = 100;
const PAGE = "1000";

/** A failed job as `queue:failed --json` has it. */
export interface FailedJob {
  readonly id: string;
  readonly attempts: readonly Attempt[];
}

/** The queue as mpq's own commands show it. */
export class QueueView {
  readonly #hosts: readonly Host[];
  readonly #ledger: Ledger;

  constructor(hosts: readonly Host[], ledger: Ledger) {
    this.#hosts = hosts;
    this.#ledger = ledger;
  }

  async counts(): Promise<Counts> {
    const rows = await this.#anyHost.json("queue:status", "--queue", QUEUE);
    return (rows as [Counts])[0];
  }

  /** Waits until no job is left to do; throws when nothing moves for long. */
  async drained(): Promise<void> {
    let movedAt = performance.now();
    let seen = -1;
    const isDrained = async (): Promise<boolean> => {
      await Bun.sleep(LOOK_MS);
      const lines = this.#ledger.lines().length;
      if (lines !== seen) {
        seen = lines;
        movedAt = performance.now();
        return false;
      }
      const { ready, delayed, active } = await this.counts();
      if (ready + delayed + active === 0) return true;
      if (performance.now() - movedAt < STALL_MS) return false;
      throw new Error(`nothing moves: ${ready} ready, ${delayed} delayed, ${active} active; ${await this.#atWork()}`);
    };
    await until("no job is left", isDrained, Number.POSITIVE_INFINITY);
  }

  /** The jobs that the store keeps as failed. */
  async failed(): Promise<FailedJob[]> {
    const found: FailedJob[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const more = cursor === "" ? [] : ["--cursor", cursor];
      const page = await this.#anyHost.json("queue:failed", "--queue", QUEUE, "--limit", PAGE, ...more);
      const { jobs, next } = page as { jobs: readonly FailedJob[]; next: string | null };
      found.push(...jobs);
      cursor = next;
    }
    return found;
  }

  /** One that commands can be run on. */
  get #anyHost(): Host {
    const [first] = this.#hosts;
    if (first === undefined) throw new Error("the scenario has no host");
    return first;
  }

  /** What workers say that they do. */
  async #atWork(): Promise<string> {
    const running = this.#hosts.filter((host) => host.isRunning);
    const processes = (await Promise.all(running.map((host) => host.status()))).flatMap((status) => status.processes);
    return processes.map(({ role, pid, state, job }) => `${role} ${pid} ${state} ${job ?? ""}`).join(", ");
  }
}
