import { readFileSync, readdirSync } from "node:fs";

/** The kernel's unit for the CPU times of `/proc/<pid>/stat`: fixed for user space on Linux. */
const TICK_MS = 10;

export interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuMs: number;
}

/** CPU time that these processes and all their descendants used so far, in ms. Linux only; elsewhere not a number. */
export function cpuMs(roots: readonly number[]): number {
  if (process.platform !== "linux") return Number.NaN;
  return familyOf(roots).reduce((sum, stat) => sum + stat.cpuMs, 0);
}

/** These processes and all their descendants that run now, from `/proc`. */
export function familyOf(roots: readonly number[]): Stat[] {
  const stats = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(statOf);
  const family = new Set(roots);
  // A child may stand before its parent, so the list is gone through until nobody joins.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid);
  }
  return stats.filter(({ pid }) => family.has(pid));
}

function statOf(name: string): Stat[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0] = fields.slice(11);
    return [{ pid: Number(name), parent, cpuMs: (user + system) * TICK_MS }];
  } catch {
    return []; // it ended in the meantime
  }
}
