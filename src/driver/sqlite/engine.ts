import { MpqError } from "../../errors.ts";

/** What Bun and Node have in common. Bun's own module is no faster with the statements of this driver. */
export type Engine = typeof import("node:sqlite");

/** Loads SQLite. Throws `RUNTIME_UNSUPPORTED` where it is missing; importing this file never does. */
export async function loadEngine(): Promise<Engine> {
  try {
    return await import("node:sqlite");
  } catch (cause) {
    const found = `${process.release.name} ${process.version}`;
    const message = `the SQLite store needs Bun, or Node 22.13 or later; this is ${found}. Use Node 22.13 or later, or use Redis`;
    throw new MpqError("RUNTIME_UNSUPPORTED", message, { cause });
  }
}

/** Releases in which the fault was mended that can destroy a file when two processes reset its write-ahead log. */
const MENDED_FROM = [3, 51, 3] as const;
const MENDED_BRANCHES = [
  [3, 50, 7],
  [3, 44, 6],
] as const;

/** Tells whether several processes may write with this release of SQLite. */
export function isSafeVersion(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (MENDED_BRANCHES.some((branch) => branch[1] === minor && major === branch[0] && patch >= branch[2])) return true;
  const [wantedMajor, wantedMinor, wantedPatch] = MENDED_FROM;
  if (major !== wantedMajor) return major > wantedMajor;
  return minor === wantedMinor ? patch >= wantedPatch : minor > wantedMinor;
}
