import { FFIType, dlopen, ptr } from "bun:ffi";

const CLOCK_MONOTONIC = 1;
const { symbols: libc } = dlopen("libc.so.6", {
  clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
});
const time = new BigInt64Array(2);

/** Milliseconds of one clock for all processes of this host; nobody sets it, and no test shifts it. */
export function now(): number {
  libc.clock_gettime(CLOCK_MONOTONIC, ptr(time));
  return Number(time[0]) * 1000 + Number(time[1]) / 1e6;
}
