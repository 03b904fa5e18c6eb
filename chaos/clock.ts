import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { World } from "./world.ts";

/** The file is read again for each look at the clock. */
const HOW = { FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" } as const;

/**
 * A wall clock of its own for one service: what its processes take for the time of day is the real one and so many hours.
 * The clock that measures how long something takes is left alone, as by an operator who sets the date. By `faketime`.
 */
export class WallClock {
  readonly #file: string;
  /** The command that the service's processes are run by. */
  readonly under: readonly string[];

  constructor(world: World, name: string, hours: number) {
    this.#file = join(world.folder, `${name}.clock`);
    const settings = { LD_PRELOAD: library(), FAKETIME_TIMESTAMP_FILE: this.#file, ...HOW };
    this.under = ["env", ...Object.entries(settings).map(([key, value]) => `${key}=${value}`)];
    this.set(hours);
    world.onEnd(forgetDead);
  }

  /** Sets it, while processes run by it. */
  set(hours: number): void {
    writeFileSync(this.#file, `${hours < 0 ? "" : "+"}${hours}h\n`);
  }
}

/** What `faketime` lets a process load, which is then told by a file rather than by an argument. */
function library(): string {
  forgetDead();
  const { stdout, stderr, exitCode } = Bun.spawnSync(["faketime", "-m", "-f", "+0", "printenv", "LD_PRELOAD"]);
  if (exitCode !== 0)
    throw new Error(`faketime does not run; \`npm run chaos\` installs it where it may: ${stderr.toString().trim()}`);
  return stdout.toString().trim();
}

const SHARED = "/dev/shm";

/** A process under `faketime` that is killed leaves memory behind, which another one with its pid would stumble over. */
function forgetDead(): void {
  for (const name of readdirSync(SHARED)) {
    const [, pid] = /^(?:sem\.)?faketime_s(?:em|hm)_(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(SHARED, name), { force: true });
  }
}
