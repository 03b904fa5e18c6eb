import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../config/config.ts";
import { MpqError } from "../errors.ts";
import { FILE_PREFIX, boardFile } from "./boards.ts";

/** A Unix socket's path may have so many bytes on Linux (`sun_path` with its end). */
const SOCKET_PATH_MAX = 107;

/** Where one service keeps what lives as long as it runs: its pid file, its control socket, its boards. */
export interface ServiceFolder {
  readonly path: string;
  readonly pidFile: string;
  readonly socket: string;
}

/** The folder of the service that a configuration describes, whether or not it runs. */
export function serviceFolder(config: Pick<Config, "runDir" | "name">): ServiceFolder {
  const path = join(config.runDir, encodeURIComponent(config.name));
  const socket = join(path, "control.sock");
  if (Buffer.byteLength(socket) > SOCKET_PATH_MAX) {
    throw new MpqError(
      "CONFIG_INVALID",
      `runDir and name make the path ${socket}, which is longer than the ${SOCKET_PATH_MAX} bytes that a socket may have; choose a shorter runDir`,
    );
  }
  return { path, pidFile: join(path, "pid"), socket };
}

/**
 * Makes the folder, for this user alone. Throws `START_FAILED` when it is another user's, or stands in a folder in which
 * another user may put something in its place.
 */
export function prepareFolder(folder: ServiceFolder): void {
  mkdirSync(folder.path, { recursive: true, mode: 0o700 });
  for (const path of [dirname(folder.path), folder.path]) {
    const fault = faultOf(path, path === folder.path ? "ours" : "around ours");
    if (fault === undefined) continue;
    throw new MpqError("START_FAILED", `${path} ${fault}; set runDir to a folder of your own`);
  }
  chmodSync(folder.path, 0o700);
}

const ROOT = 0;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

/** Why a folder cannot be trusted, if it cannot. One around ours may be root's, and for all when it is as `/tmp` is. */
function faultOf(path: string, which: "ours" | "around ours"): string | undefined {
  const stat = which === "ours" ? lstatSync(path) : statSync(path);
  const user = process.getuid?.() ?? stat.uid;
  if (!stat.isDirectory()) return "is no folder";
  if (stat.uid !== user && (which === "ours" || stat.uid !== ROOT)) {
    return `belongs to user ${stat.uid}, this process runs as user ${user}`;
  }
  const isOpen = (stat.mode & WRITABLE_BY_ALL) !== 0 && (stat.mode & STICKY) === 0;
  return which === "around ours" && isOpen ? "may be written by every user" : undefined;
}

/** The runs of the service whose boards are in the folder. They are dead for whoever holds the pid file. */
export function incarnationsOf(folder: ServiceFolder): readonly string[] {
  const boards = readdirSync(folder.path).filter((entry) => entry.startsWith(FILE_PREFIX));
  return [...new Set(boards.map((entry) => entry.slice(FILE_PREFIX.length).split(".")[0] ?? ""))];
}

/**
 * Takes away the boards that no successor can use any more: all but those of owners whose names begin with `living`.
 * Only who holds the pid file may do this.
 */
export function sweepBoards(folder: ServiceFolder, living?: string): void {
  const kept = living === undefined ? undefined : boardFile(living, "").slice(0, -1);
  for (const entry of readdirSync(folder.path)) {
    if (!entry.startsWith(FILE_PREFIX) || (kept !== undefined && entry.startsWith(kept))) continue;
    rmSync(join(folder.path, entry), { force: true });
  }
}
