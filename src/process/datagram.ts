import { FFIType, ptr } from "bun:ffi";
import { endianness } from "node:os";
import { openCLibrary } from "./c-library.ts";

export const AF_UNIX = 1;
export const SOCK_DGRAM = 2;
export const SOCK_CLOEXEC = 0o2000000;
export const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** The bytes of `sun_path`, where an address stands in C. */
const SUN_PATH = 108;

/** Sends one datagram, and tells whether it went. Never waits, and never raises a signal. */
export type Send = (text: string) => boolean;

/**
 * Opens what sends to a Unix datagram socket, which Bun itself cannot. No child inherits it. Undefined for what is no
 * address of one, and where there is no such thing: it is for Linux.
 */
export function openDatagrams(address: string): Send | undefined {
  const target = process.platform === "linux" ? socketAddress(address) : undefined;
  const libc =
    target === undefined
      ? undefined
      : openCLibrary({
          socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
          sendto: {
            args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32, FFIType.ptr, FFIType.u32],
            returns: FFIType.i64,
          },
        });
  if (target === undefined || libc === undefined) return undefined;
  const socket = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return (text) => {
    const bytes = Buffer.from(text);
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    return Number(libc.sendto(socket, ptr(bytes), bytes.length, flags, ptr(target), target.length)) === bytes.length;
  };
}

/** An address of a Unix socket as C has it: a path, or an abstract name after an "@". Undefined for anything else. */
export function socketAddress(address: string): Uint8Array | undefined {
  const path = Buffer.from(address.startsWith("@") ? `\0${address.slice(1)}` : `${address}\0`);
  if (!/^[/@]./.test(address) || path.length > SUN_PATH) return undefined;
  const family = endianness() === "LE" ? [AF_UNIX, 0] : [0, AF_UNIX];
  return Buffer.concat([Buffer.from(family), path]);
}
