import { FFIType, ptr } from "bun:ffi";
import { openCLibrary } from "./c-library.ts";

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;
const CLOCK_MONOTONIC = 1;
const TIOCOUTQ = 0x5411;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const MADV_DONTNEED = 4;

const SYMBOLS = {
  prctl: { args: [FFIType.i32, FFIType.u64, FFIType.u64, FFIType.u64, FFIType.u64], returns: FFIType.i32 },
  ioctl: { args: [FFIType.i32, FFIType.u64, FFIType.ptr], returns: FFIType.i32 },
  fcntl: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  madvise: { args: [FFIType.u64, FFIType.u64, FFIType.i32], returns: FFIType.i32 },
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

/**
 * An array that has a buffer of its own stays where it is. The bytes of a small one without are moved by the compiler when it
 * takes the array for a constant: what then writes to their old address destroys what stands there by then.
 */
const unread = new Int32Array(new ArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
const unreadPointer = ptr(unread);

/** Whether something that was written to a socket is still to be read by the other end; true where nobody can tell. */
export function isUnread(descriptor: number): boolean {
  return libc?.ioctl(descriptor, TIOCOUTQ, unreadPointer) !== 0 || unread[0] !== 0;
}

/**
 * Takes pages of a file out of this process's memory; what it reads there next comes from the file again. The bytes at the
 * address must be those of the file: what was written to them is lost.
 */
export function forgetPages(address: number, bytes: number): void {
  libc?.madvise(address, bytes, MADV_DONTNEED);
}

/** Lets whoever writes to it, this process or a child, wait for room instead of failing. */
export function makeBlocking(descriptor: number): void {
  if (libc === undefined) return;
  const flags = libc.fcntl(descriptor, F_GETFL, 0);
  if (flags !== -1) libc.fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
}
