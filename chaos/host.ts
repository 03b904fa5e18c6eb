import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { QueueOptions } from "../src/config/config.ts";
import { type ControlReply, type ControlRequest, type ServiceStatus, askService } from "../src/process/control.ts";
import { serviceFolder } from "../src/process/service-folder.ts";
import { BINARY } from "../test/support/binary.ts";
import { until } from "../test/support/until.ts";
import { type Member, type Role, family } from "./family.ts";
import { now } from "./project/clock.ts";
import type { Child, World } from "./world.ts";

/** A start or a stop that takes longer than this hangs. */
const PATIENCE_MS = 60_000;

export interface HostPlan {
  readonly name: string;
  readonly url: string;
  readonly ledger: string;
  readonly queues: Readonly<Record<string, QueueOptions>>;
  /** What stands before the executable on every command line. */
  readonly under: readonly string[];
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A user's project in a folder of its own, and the service that the compiled binary runs in it. */
export class Host {
  readonly folder: string;
  readonly log: string;
  readonly #world: World;
  readonly #plan: HostPlan;
  #child: Child | undefined;
  /** When the service was told to start, each time. */
  readonly starts: number[] = [];

  constructor(world: World, plan: HostPlan) {
    this.#world = world;
    this.#plan = plan;
    this.folder = world.newFolder(plan.name);
    this.log = join(this.folder, "service.log");
    cpSync(join(import.meta.dir, "project"), this.folder, { recursive: true });
    this.write("options.json", JSON.stringify({ name: plan.name, runDir: "./run", queues: plan.queues }));
  }

  /** Writes a file of the project. */
  write(path: string, text: string): void {
    writeFileSync(join(this.folder, path), text);
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { force: true });
  }

  /** Starts the service in the foreground, and resolves when every queue is up. */
  async start(): Promise<void> {
    this.launch();
    await until("the service is up", async () => (await this.#ask({ ask: "up" })) !== undefined, PATIENCE_MS);
  }

  /** Starts the service, and does not wait for it. */
  launch(): void {
    this.starts.push(now());
    this.#child = this.#world.spawn([...this.#plan.under, BINARY, "worker:start"], {
      cwd: this.folder,
      env: this.#env,
      log: this.log,
    });
  }

  /** The manage process. Throws when it does not run. */
  get manage(): number {
    if (this.#child === undefined || !this.isRunning) throw new Error(`no service runs in ${this.folder}`);
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Every process of the service that runs now, manage first. */
  family(): Member[] {
    return this.isRunning ? family(this.manage) : [];
  }

  pids(role: Role): number[] {
    return this.family().flatMap((one) => (one.role === role ? [one.pid] : []));
  }

  async status(): Promise<ServiceStatus> {
    const reply = await this.#ask({ ask: "status" });
    if (reply === undefined || !("processes" in reply)) throw new Error(`no status: ${JSON.stringify(reply)}`);
    return reply;
  }

  /** Stops the service as an operator does. Throws when that does not end well. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    const code = await this.end();
    if (code !== 0) throw new Error(`the service ended with exit code ${code} when it was stopped`);
  }

  /** Stops it whether it is up or not, and gives its exit code. */
  async end(): Promise<number | null> {
    if (this.isRunning) process.kill(this.manage, "SIGTERM");
    return await this.exited();
  }

  /** Waits for the end of the service. */
  async exited(): Promise<number | null> {
    const child = this.#child;
    await until("the service has ended", () => !this.isRunning, PATIENCE_MS);
    return child?.exitCode ?? null;
  }

  /** Runs one command of the binary to its end. */
  async command(...args: readonly string[]): Promise<CommandResult> {
    const how = { cwd: this.folder, env: this.#env };
    const child = Bun.spawn([...this.#plan.under, BINARY, ...args], { ...how, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code, stdout, stderr };
  }

  /** What a command prints with `--json`. Throws when it fails. */
  async json(...args: readonly string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.command(...args, "--json");
    if (code !== 0) throw new Error(`mpq ${args.join(" ")} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as unknown;
  }

  /** What the service and its jobs printed so far. */
  output(): string {
    return readFileSync(this.log, "utf8");
  }

  get #env(): Record<string, string> {
    const { url, ledger } = this.#plan;
    const PATH = process.env["PATH"] ?? "";
    return { PATH, HOME: this.folder, NO_COLOR: "1", MPQ_DRIVER_URL: url, CHAOS_LEDGER: ledger };
  }

  /** Undefined when nobody answers. */
  async #ask(request: ControlRequest): Promise<ControlReply | undefined> {
    if (!this.isRunning) throw new Error(`the service in ${this.folder} ended: ${this.output().slice(-2_000)}`);
    const { socket } = serviceFolder({ runDir: join(this.folder, "run"), name: this.#plan.name });
    try {
      return (await askService(socket, request)).reply;
    } catch {
      return undefined;
    }
  }
}
