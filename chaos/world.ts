import { mkdirSync, mkdtempSync, openSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../test/support/until.ts";
import { send } from "./injuries.ts";

export type Child = Bun.Subprocess<"ignore", number, number>;

/** Everything that one run of a scenario starts and makes. {@link end} leaves nothing of it running. */
export class World {
  readonly folder: string = mkdtempSync(join(tmpdir(), "mpq-chaos-"));
  readonly #children = new Set<Child>();
  readonly #closers: (() => unknown)[] = [];
  #ended: Promise<void> | undefined;

  newFolder(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder);
    return folder;
  }

  /**
   * Starts a process whose output goes to a file. Out of the terminal's group: Ctrl-C reaches this tool alone, which ends
   * the rest in order.
   */
  spawn(command: readonly string[], how: { cwd: string; env: Record<string, string>; log: string }): Child {
    if (this.ended) throw new Error("the run was stopped");
    const log = openSync(how.log, "a");
    const { cwd, env } = how;
    const child: Child = Bun.spawn([...command], { cwd, env, detached: true, stdio: ["ignore", log, log] });
    this.#children.add(child);
    void child.exited.then(() => this.#children.delete(child));
    return child;
  }

  /** Calls `close` at the end; what came last is closed first. */
  onEnd(close: () => unknown): void {
    this.#closers.unshift(close);
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Kills whatever still runs. Keeps the folder when asked to. May be called twice. */
  end(folder: "keep" | "remove"): Promise<void> {
    this.#ended ??= this.#end(folder);
    return this.#ended;
  }

  async #end(folder: "keep" | "remove"): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
    await Promise.all([...this.#children].map((child) => child.exited));
    for (const close of this.#closers) await close();
    // What was killed needs a moment to end, and one may be born between the look and the kill.
    await until("nothing is left running", () => this.#killStrays() === 0);
    if (folder === "remove") rmSync(this.folder, { recursive: true, force: true });
  }

  /** Returns how many there still were. */
  #killStrays(): number {
    const strays = this.strays();
    for (const pid of strays) send(pid, "SIGKILL");
    return strays.length;
  }

  /** Processes that run in this world's folder and that nobody here started: what a service left behind. */
  strays(): number[] {
    const own = new Set([...this.#children].map((child) => child.pid));
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0 && !own.has(pid) && this.#isHere(pid));
  }

  #isHere(pid: number): boolean {
    try {
      const cwd = readlinkSync(`/proc/${pid}/cwd`);
      return cwd === this.folder || cwd.startsWith(`${this.folder}/`);
    } catch {
      return false; // it ended in the meantime, or is somebody else's
    }
  }
}
