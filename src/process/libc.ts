import { FFIType, ptr } from "bun:ffi";
import { openCLibrary } from "./c-library.ts";

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;
const CLOCK_MONOTONIC = 1;

const SYMBOLS = {
  prctl: { args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64], returns: FFIType.i32 },
  clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
} as const;

/** The C library, where it has these functions: Linux. */
const libc = process.platform === "linux" ? openCLibrary(SYMBOLS) : undefined;

/**
 * Makes the kernel end this process with SIGKILL when its parent dies, whatever this process is doing then. Where there
 * is no such thing only the end of the IPC channel is left, which a busy event loop never hears.
 */
export function dieWithParent(): void {
  libc?.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

/** Milliseconds on a clock that all processes of this host share and that is never set. */
export function systemMonotonicMs(): number | undefined {
  if (libc === undefined) return undefined;
  const time = new BigInt64Array(2);
  if (libc.clock_gettime(CLOCK_MONOTONIC, ptr(time)) !== 0) return undefined;
  return Number(time[0]) * 1000 + Number(time[1]) / 1e6;
}
