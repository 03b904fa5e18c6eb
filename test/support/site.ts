import type { ServiceStatus } from "../../src/process/control.ts";
import type { OwnSystemd } from "./own-systemd.ts";
import { until } from "./until.ts";

/** What jobs write down, a line for each step. */
export interface Note {
  readonly step: string;
  readonly [key: string]: unknown;
}

/**
 * A project in `/srv/<name>` of a container, with the unit that runs it and has its state in `/var/lib/<state>`. Its jobs are
 * `look`, which notes what it may reach, and `waiting`, which ends when the project has a file `go`.
 */
export class Site {
  readonly #systemd: OwnSystemd;
  readonly name: string;
  readonly unit: string;
  readonly state: string;

  constructor(systemd: OwnSystemd, name: string, unit: string) {
    this.#systemd = systemd;
    this.name = name;
    this.unit = unit;
    this.state = unit.replace("@", "-").replace(/\.service$/, "");
    this.configure();
    this.#systemd.write(
      `${name}/jobs/all.ts`,
      `import { appendFileSync, existsSync } from "node:fs";
      const note = (step, more) => appendFileSync("/var/lib/${this.state}/notes", JSON.stringify({ step, ...more }) + "\\n");
      const fails = (path) => { try { appendFileSync(path, ""); return false; } catch { return true; } };
      export function look() {
        note("looked", { uid: process.getuid(), cannot: ["/srv/${name}/mpq.config.ts", "/etc/passwd", "/root"].map(fails) });
      }
      export async function waiting(data, job) {
        note("begun", { attempt: job.attempt });
        while (!existsSync("/srv/${name}/go")) { await Bun.sleep(50); note("waits", { at: Date.now() }); }
        note("ended");
      }`,
    );
  }

  configure(options: object = { queues: { q: { workers: 2 } } }): void {
    const config = `export default { ...${JSON.stringify(options)}, driver: "sqlite:/var/lib/${this.state}/mpq.db" };`;
    this.#systemd.write(`${this.name}/mpq.config.ts`, config);
  }

  /** Gives the unit settings as an operator does with "systemctl edit". */
  async edit(settings: string): Promise<void> {
    const folder = `/etc/systemd/system/${this.unit}.d`;
    await this.#must("sh", "-c", `mkdir -p ${folder} && printf '[Service]\\n${settings}\\n' > ${folder}/override.conf`);
    await this.#must("systemctl", "daemon-reload");
  }

  /** The exit code of a word for systemctl. */
  async control(word: string): Promise<number> {
    return (await this.#systemd.run("systemctl", word, this.unit)).code;
  }

  async show(): Promise<Readonly<Record<string, string>>> {
    const names = "ActiveState,Result,NRestarts,StatusText,ExecMainStatus,ExecMainPID";
    const stdout = await this.#must("systemctl", "show", this.unit, `--property=${names}`);
    return Object.fromEntries(stdout.split("\n").map((line) => [line.split("=", 1)[0], line.replace(/^\w+=/, "")]));
  }

  async shows(expected: Readonly<Record<string, string>>): Promise<void> {
    const all = Object.entries(expected);
    await until(`the unit shows ${JSON.stringify(expected)}`, async () => {
      const shown = await this.show();
      return all.every(([name, value]) => shown[name] === value);
    });
  }

  /** Runs a command of mpq as the unit's user. */
  async mpq(...args: readonly string[]): Promise<string> {
    const user = "setpriv --reuid=mpq --regid=mpq --clear-groups".split(" ");
    const env = ["env", `--chdir=/srv/${this.name}`, `RUNTIME_DIRECTORY=/run/${this.state}`];
    return await this.#must(...user, ...env, "mpq", ...args);
  }

  async pids(role: "master" | "worker"): Promise<readonly number[]> {
    const { processes } = JSON.parse(await this.mpq("worker:status", "--json")) as ServiceStatus;
    return processes.filter((one) => one.role === role).map(({ pid }) => pid);
  }

  async notes(step: string): Promise<readonly Note[]> {
    const lines = (await this.#systemd.read(`/var/lib/${this.state}/notes`)).split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Note).filter((note) => note.step === step);
  }

  async #must(...command: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.#systemd.run(...command);
    if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  }
}
