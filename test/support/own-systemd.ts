import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { BINARY } from "./binary.ts";
import type { CommandResult } from "./project.ts";
import { until } from "./until.ts";

const SCRIPT = join(import.meta.dir, "own-systemd.sh");
const SYSTEMD = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"].find((path) => existsSync(path)) ?? "";
const UNSHARE = "unshare --pid --fork --kill-child --mount --net --uts --ipc --cgroup".split(" ");

/** The mounts of the container that not every root may make; they are gone with the shell. */
const MOUNTS = `set -e; mount -t tmpfs tmpfs /mnt; cd /mnt; mkdir upper work root; mount -t sysfs sysfs /sys;
  mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=work root; mount -t cgroup2 cgroup2 /sys/fs/cgroup`;

/** Whether this process may do what {@link OwnSystemd} needs: make namespaces, mounts and control groups, as root. */
export const MAY_BOOT: boolean =
  SYSTEMD !== "" &&
  controlGroups() !== undefined &&
  Bun.spawnSync([...UNSHARE, "sh", "-c", MOUNTS], { stderr: "ignore" }).exitCode === 0;

/** The root of the control groups, second version, where new ones can be made. */
function controlGroups(): string | undefined {
  const mounts = readFileSync("/proc/self/mounts", "utf8").split("\n");
  const path = mounts.map((line) => line.split(" ")).find(([, , type]) => type === "cgroup2")?.[1];
  try {
    if (path !== undefined) accessSync(path, constants.W_OK);
    return path;
  } catch {
    return undefined;
  }
}

/**
 * A real systemd of a test's own, in a container that is a copy of this machine and keeps nothing. It has the unit files
 * that `mpq systemd:unit` prints and the executable where they look for it.
 */
export class OwnSystemd {
  readonly #folder: string = mkdtempSync(join(tmpdir(), "mpq-systemd-"));
  readonly #group: string = join(controlGroups() ?? "", `mpq-test-${process.pid}`);
  readonly #outer: Bun.Subprocess;
  #pid = 0;

  private constructor() {
    const [world = "", projects = "", units = ""] = ["world", "srv", "units"].map((name) => join(this.#folder, name));
    for (const folder of [this.#group, world, projects, units]) mkdirSync(folder);
    writeUnit(join(units, "mpq.service"));
    writeUnit(join(units, "mpq@.service"), "--template");
    const enter = `echo 0 > "$0/cgroup.procs" && exec "$@"`;
    // Whatever ends the tests ends the container with them.
    const command = ["setpriv", "--pdeathsig", "KILL", ...UNSHARE, SCRIPT, world, BINARY, projects, units, SYSTEMD];
    this.#outer = Bun.spawn(["sh", "-c", enter, this.#group, ...command], { stdio: ["ignore", "inherit", "inherit"] });
  }

  static async boot(): Promise<OwnSystemd> {
    const own = new OwnSystemd();
    try {
      await until("systemd runs", () => own.#isRunning());
    } catch (error) {
      await own.end();
      throw error;
    }
    return own;
  }

  async #isRunning(): Promise<boolean> {
    const { pid } = this.#outer;
    this.#pid = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
    return this.#pid > 0 && (await this.run("systemctl", "is-system-running")).stdout === "running\n";
  }

  /** Runs a command in the container, as root. */
  async run(...command: readonly string[]): Promise<CommandResult> {
    const child = this.spawn(...command);
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    return { code, stdout, stderr };
  }

  /** Starts a command in the container, as root; it ends with the container. */
  spawn(...command: readonly string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    const env = { PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin" };
    const enter = ["nsenter", "--target", String(this.#pid), "--all", "--wd"];
    return Bun.spawn([...enter, ...command], { env, stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Writes a file of a project, which is seen as `/srv/<path>` in the container. */
  write(path: string, text: string): void {
    const file = join(this.#folder, "srv", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  /** The text of a file in the container, empty when it is not there. */
  async read(path: string): Promise<string> {
    return (await this.run("cat", path)).stdout;
  }

  async end(): Promise<void> {
    this.#outer.kill("SIGKILL");
    await this.#outer.exited;
    await until("its processes are gone", () => removeGroup(this.#group));
    rmSync(this.#folder, { recursive: true });
  }
}

function writeUnit(path: string, ...flags: readonly string[]): void {
  const printed = Bun.spawnSync([BINARY, "systemd:unit", ...flags]).stdout.toString();
  writeFileSync(path, printed.replaceAll(`=${BINARY} `, "=/usr/local/bin/mpq "));
}

/** Takes a control group away with all below it; not while one has processes. */
function removeGroup(path: string): boolean {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) removeGroup(join(path, entry.name));
    rmdirSync(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EBUSY") return false;
    throw error;
  }
}
