import { FFIType, ptr } from "bun:ffi";
import { readFileSync, readdirSync } from "node:fs";
import { openCLibrary } from "../src/process/c-library.ts";

/** The bits of a clock's number that say: the CPU time of a process, all of its threads, those that ended too. */
const CPU_CLOCK = 2;

const SYMBOLS = { clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 } } as const;
const libc = process.platform === "linux" ? openCLibrary(SYMBOLS) : undefined;

export interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** CPU time that these processes and all their descendants used so far, in ms. Linux only; elsewhere not a number. */
export function cpuMs(roots: readonly number[]): number {
  if (libc === undefined) return Number.NaN;
  return familyOf(roots).reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
}

/** CPU time of one process so far, in ms, fine to the nanosecond; 0 when it has ended. */
export function cpuMsOf(pid: number): number {
  const time = new BigInt64Array(2);
  // The kernel's own way to name the CPU clock of another process.
  if (libc?.clock_gettime((~pid << 3) | CPU_CLOCK, ptr(time)) !== 0) return 0;
  return Number(time[0]) * 1_000 + Number(time[1]) / 1e6;
}

/** Memory of these processes and their descendants in bytes: what several share counts for each in its proportion. */
export function proportionalBytes(roots: readonly number[]): number {
  return familyOf(roots).reduce((sum, { pid }) => sum + proportionalBytesOf(pid), 0);
}

function proportionalBytesOf(pid: number): number {
  const text = readIfThere(`/proc/${pid}/smaps_rollup`) ?? "";
  return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024;
}

/** These processes and all their descendants that run now, from `/proc`. */
export function familyOf(roots: readonly number[]): Process[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(processOf);
  const family = new Set(roots);
  // A child may stand before its parent, so the list is gone through until nobody joins.
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return all.filter(({ pid }) => family.has(pid));
}

function processOf(name: string): Process[] {
  const text = readIfThere(`/proc/${name}/stat`);
  if (text === undefined) return [];
  const [, parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return [{ pid: Number(name), parent: Number(parent) }];
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // the process ended in the meantime
  }
}
