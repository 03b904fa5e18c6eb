import { type FFIFunction, type Library, dlopen } from "bun:ffi";

const MUSL = `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`;
/** The C library's name: glibc's first, then musl's. */
const NAMES: readonly string[] = process.platform === "darwin" ? ["libSystem.dylib"] : ["libc.so.6", MUSL];

/** Opens functions of the C library, for what Bun has no call for. Warns and gives undefined where there is none that we know. */
export function openCLibrary<const Functions extends Record<string, FFIFunction>>(
  functions: Functions,
): Library<Functions>["symbols"] | undefined {
  for (const name of NAMES) {
    try {
      return dlopen(name, functions).symbols;
    } catch (error) {
      if (name === NAMES.at(-1)) process.emitWarning(error instanceof Error ? error : String(error));
    }
  }
  return undefined;
}
