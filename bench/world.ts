import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisServer } from "./redis-server.ts";

/** A process that the benchmark started; its stdout can be read. */
export type Child = Bun.Subprocess<"ignore", "pipe", "inherit">;

const STOP_WITHIN_MS = 10_000;

/** Everything that the benchmark starts and makes: processes, folders, the Redis. {@link end} leaves nothing of it. */
export class World {
  readonly folder: string = mkdtempSync(join(tmpdir(), "mpq-bench-"));
  readonly #children = new Set<Child>();
  #redis: Promise<RedisServer> | undefined;
  #folders = 0;
  #ended = false;

  newFolder(): string {
    const folder = join(this.folder, String(++this.#folders));
    mkdirSync(folder);
    return folder;
  }

  /** Out of the terminal's group: Ctrl-C reaches the benchmark alone, which ends the rest in order. */
  spawn(
    command: readonly string[],
    options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
  ): Child {
    if (this.#ended) throw new Error("the benchmark was stopped");
    const child: Child = Bun.spawn([...command], { ...options, detached: true, stdio: ["ignore", "pipe", "inherit"] });
    this.#children.add(child);
    void child.exited.then(() => this.#children.delete(child));
    return child;
  }

  /** Runs a program to its end and gives what it printed. */
  async outputOf(command: readonly string[]): Promise<string> {
    const child = this.spawn(command);
    const [text, code] = await Promise.all([child.stdout.text(), child.exited]);
    if (code !== 0) throw new Error(`"${command.join(" ")}" ended with exit code ${code}`);
    return text.trim();
  }

  /** The private Redis that all systems share, one after another. Started when the first one needs it. */
  redis(): Promise<RedisServer> {
    this.#redis ??= RedisServer.start(this);
    return this.#redis;
  }

  /** Asks the process to end, and kills it when it does not. */
  async stop(child: Child): Promise<void> {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
    await child.exited;
    clearTimeout(timer);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Ends the youngest first: a service stops well only while its store is there. */
  async end(): Promise<void> {
    this.#ended = true;
    for (const child of [...this.#children].toReversed()) await this.stop(child);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A TCP port that is free now. */
export function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = server;
  server.stop(true);
  return port;
}
