import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServiceStatus, askService } from "../../process/control.ts";
import { ownCommand } from "../../process/role.ts";
import { MpqError } from "../../errors.ts";
// The job is a file like a user's own; the binary carries its text.
import job from "./fingerprint.ts" with { type: "text" };

const CONFIGURATION = `import { defineConfig } from "multi-process-queue";

export default defineConfig({
  name: "demo",
  runDir: "./run",
  log: { level: "error" },
  queues: { files: { workers: WORKERS, timeout: 60 } },
});
`;

const POLL_MS = 20;

/** A project as a user would have it, in a folder of its own, with its service. */
export class DemoProject {
  readonly folder: string = mkdtempSync(join(tmpdir(), "mpq-demo-"));
  readonly store: string = join(this.folder, "mpq.db");
  readonly ledger: string = join(this.folder, "ledger.jsonl");
  readonly #socket: string = join(this.folder, "run", "demo", "control.sock");
  #service: Bun.Subprocess | undefined;

  constructor(workers: number) {
    mkdirSync(join(this.folder, "jobs"));
    writeFileSync(join(this.folder, "mpq.config.ts"), CONFIGURATION.replace("WORKERS", String(workers)));
    writeFileSync(join(this.folder, "jobs", "fingerprint.ts"), job as unknown as string);
  }

  /** Starts the service, and resolves when all workers are ready. */
  async start(): Promise<void> {
    const env = { ...process.env, MPQ_DRIVER_URL: undefined };
    const service = Bun.spawn([...ownCommand(), "worker:start"], {
      cwd: this.folder,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    this.#service = service;
    while (!(await this.#isUp())) {
      if (service.exitCode !== null)
        throw new MpqError("START_FAILED", "the demonstration's service did not start; its reason stands above");
      await Bun.sleep(POLL_MS);
    }
  }

  async status(): Promise<ServiceStatus> {
    return (await askService(this.#socket, { ask: "status" })).reply as ServiceStatus;
  }

  /** Stops the service and takes the folder away. */
  async end(): Promise<void> {
    this.#service?.kill("SIGTERM");
    await this.#service?.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #isUp(): Promise<boolean> {
    try {
      const workers = (await this.status()).processes.filter((one) => one.role === "worker");
      return workers.length > 0 && workers.every((one) => one.state === "idle");
    } catch (error) {
      if (error instanceof MpqError && error.code === "SERVICE_NOT_RUNNING") return false;
      throw error;
    }
  }
}
