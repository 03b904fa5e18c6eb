import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { configure } from "../../src/client/configure.ts";
import type { PushItem } from "../../src/client/pushable.ts";
import { Queue } from "../../src/client/queue.ts";
import type { Driver, QueueCounts } from "../../src/driver/driver.ts";
import { driverFromUrl } from "../../src/driver/open.ts";
import type { ServiceStatus } from "../../src/process/control.ts";
import type { ProcessStatus } from "../../src/process/protocol.ts";
import { BINARY } from "./binary.ts";
import { ROOT } from "./markdown.ts";
import { until } from "./until.ts";

/** What a command printed, and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line that a job wrote about itself, outside of mpq. */
export interface LedgerLine {
  readonly step: string;
  readonly job: string;
  readonly attempt: number;
  readonly pid: number;
  readonly at: number;
  readonly [key: string]: unknown;
}

/** A job file's own ways to write to the ledger, and to wait until the test makes a file; stands above every job file of a project. */
const PREAMBLE = `import { appendFileSync, existsSync as isThere } from "node:fs";
import { fileURLToPath } from "node:url";
const ledger = fileURLToPath(new URL("../ledger.jsonl", import.meta.url));
const note = (step, job, more = {}) =>
  appendFileSync(ledger, JSON.stringify({ step, job: job.id, attempt: job.attempt ?? 0, pid: process.pid, at: Date.now(), ...more }) + "\\n");
const appears = async (file) => {
  while (!isThere(file)) await Bun.sleep(5);
};
`;

/**
 * A user's project in a folder of its own, with a store, and the compiled binary run in it. Everything that it starts is
 * ended by {@link end}.
 */
export class Project {
  readonly folder: string = mkdtempSync(join(tmpdir(), "mpq-test-"));
  readonly url: string;
  readonly #services: Bun.Subprocess[] = [];
  #store: Driver | undefined;

  /** Without a URL, the store is a SQLite file in the project. */
  constructor(url?: string) {
    this.url = url ?? `sqlite:${join(this.folder, "jobs.db")}`;
  }

  /** Writes a file of the project. */
  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  /** Writes a job file, in which `note(step, job, more?)` writes to the ledger, and `await appears(file)` waits for a file. */
  job(name: string, code: string): void {
    this.write(`jobs/${name}.ts`, `${PREAMBLE}\n${code}`);
  }

  /** Makes this source the project's installed package, for applications that run on Bun. */
  installPackage(): void {
    const manifest = { name: "multi-process-queue", type: "module", main: "index.ts" };
    this.write("node_modules/multi-process-queue/package.json", JSON.stringify(manifest));
    this.write("node_modules/multi-process-queue/index.ts", `export * from "${ROOT}/src/index.ts";`);
  }

  /** Writes the configuration, with these queues. */
  configure(queues: object, more: object = {}): void {
    const options = JSON.stringify({ runDir: "./run", queues, ...more });
    this.write(
      "mpq.config.ts",
      `import { defineConfig } from "multi-process-queue";\nexport default defineConfig(${options});\n`,
    );
  }

  get env(): Record<string, string> {
    return { PATH: process.env["PATH"] ?? "", HOME: this.folder, MPQ_DRIVER_URL: this.url, NO_COLOR: "1" };
  }

  /** Where the binary is run. */
  get workingFolder(): string {
    return this.folder;
  }

  /** Runs one command of the binary to its end, in another environment when one is given first. */
  async run(...words: [env: Record<string, string>, ...args: string[]] | string[]): Promise<CommandResult> {
    const [first, ...rest] = words;
    const env = typeof first === "object" ? first : this.env;
    const args = (typeof first === "string" ? [first, ...rest] : rest) as string[];
    const child = Bun.spawn([BINARY, ...args], { cwd: this.workingFolder, env, stdio: ["ignore", "pipe", "pipe"] });
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code, stdout, stderr };
  }

  /** Starts the service in the foreground, and resolves when it is up. */
  async start(more: Readonly<Record<string, string>> = {}): Promise<Service> {
    const service = this.launch(more);
    await until("the service is up", () => service.isUp());
    return service;
  }

  /** Starts the service in the foreground, with more in its environment. */
  launch(more: Readonly<Record<string, string>>): Service {
    const child = Bun.spawn([BINARY, "worker:start"], {
      cwd: this.workingFolder,
      env: { ...this.env, ...more },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#services.push(child);
    return new Service(this, child);
  }

  /** Starts the service with its stderr in a file or pipe of the test's, and resolves when it is up. Gives manage. */
  async startInto(stderr: number, more: Readonly<Record<string, string>> = {}): Promise<Bun.Subprocess> {
    const child = Bun.spawn([BINARY, "worker:start"], {
      cwd: this.folder,
      env: { ...this.env, ...more },
      stdio: ["ignore", "ignore", stderr],
    });
    this.#services.push(child);
    await until("the service is up", async () => (await this.run("worker:status", "--json")).code === 0);
    return child;
  }

  /** The project's store, opened once. */
  async store(): Promise<Driver> {
    this.#store ??= await driverFromUrl(this.url).open();
    return this.#store;
  }

  /** Pushes by name, as an application does that has none of the code. Gives the ids. */
  async pushAll(queue: string, items: readonly PushItem[]): Promise<readonly string[]> {
    configure({ driver: driverFromUrl(this.url) });
    try {
      return await Queue.pushMany(queue, items);
    } finally {
      await Queue.close();
    }
  }

  async counts(queue: string): Promise<QueueCounts> {
    return await (await this.store()).counts(queue);
  }

  /** What the jobs wrote so far. */
  ledger(): LedgerLine[] {
    const path = join(this.folder, "ledger.jsonl");
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").split("\n");
    return lines.slice(0, -1).map((line) => JSON.parse(line) as LedgerLine);
  }

  steps(step: string): LedgerLine[] {
    return this.ledger().filter((line) => line.step === step);
  }

  async end(): Promise<void> {
    for (const child of this.#services) {
      if (child.exitCode === null) child.kill("SIGKILL");
      await child.exited;
    }
    await this.#store?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A running service of a project. */
export class Service {
  readonly #project: Project;
  readonly child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #output: Promise<string>;
  #written = "";

  constructor(project: Project, child: Bun.Subprocess<"ignore", "pipe", "pipe">) {
    this.#project = project;
    this.child = child;
    this.#output = this.#read(child.stderr);
  }

  async #read(stderr: ReadableStream<Uint8Array>): Promise<string> {
    const decoder = new TextDecoder();
    for await (const bytes of stderr) this.#written += decoder.decode(bytes, { stream: true });
    return this.#written;
  }

  /** What it wrote to stderr so far. */
  get written(): string {
    return this.#written;
  }

  async status(): Promise<ServiceStatus> {
    const { code, stdout, stderr } = await this.#project.run("worker:status", "--json");
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as ServiceStatus;
  }

  async processes(role: ProcessStatus["role"]): Promise<ProcessStatus[]> {
    return (await this.status()).processes.filter((one) => one.role === role);
  }

  async isUp(): Promise<boolean> {
    if (this.child.exitCode !== null) throw new Error(`the service ended: ${await this.#output}`);
    const { code, stdout } = await this.#project.run("worker:status", "--json");
    if (code !== 0) return false;
    const workers = (JSON.parse(stdout) as ServiceStatus).processes.filter((one) => one.role === "worker");
    return workers.length > 0 && workers.every((one) => one.state === "idle" || one.state === "busy");
  }

  /** Stops it as a person would, and gives the exit code. */
  async stop(): Promise<number> {
    this.child.kill("SIGTERM");
    return await this.child.exited;
  }

  /** What its workers printed, line by line, once it has ended. */
  async printed(): Promise<string[]> {
    const output = await this.#output;
    return Array.from(output.matchAll(/: worker \d+(?:, job \S+)? \| (.*)$/gm), ([, line = ""]) => line);
  }

  /** Everything that it wrote to stderr, once it has ended. */
  async output(): Promise<string> {
    return await this.#output;
  }
}
