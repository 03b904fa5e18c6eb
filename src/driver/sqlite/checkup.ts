import { type StatsFs, statSync, statfsSync } from "node:fs";
import type { Finding } from "../checkup.ts";
import type { Store } from "./store.ts";

/** File systems by the number that the kernel gives them: those over which a write-ahead log is not safe. */
const OVER_A_NETWORK: Readonly<Record<number, string>> = {
  0x0000517b: "SMB",
  0x00006969: "NFS",
  0x00c36400: "Ceph",
  0x01021997: "9P",
  0x01161970: "GFS2",
  0x0bd00bd0: "Lustre",
  0x47504653: "GPFS",
  0x5346414f: "AFS",
  0x7461636f: "OCFS2",
  0xfe534d42: "SMB",
  0xff534d42: "SMB",
};
/** A program stands behind it, which may be one that reaches over a network. */
const FUSE = 0x65735546;
/** Those that are gone with the next boot. */
const IN_MEMORY: Readonly<Record<number, string>> = { 0x01021994: "tmpfs", 0x858458f6: "ramfs" };

const LITTLE_SPACE = 256 * 1024 ** 2;
/** A log of this size is held back by a program that reads and does not end. */
const LARGE_LOG = 256 * 1024 ** 2;

/** Looks at the file, its place, and the engine. */
export function checkUp(store: Store): readonly Finding[] {
  const version = store.get<{ version: string }>("SELECT sqlite_version() AS version")?.version;
  const place = statfsSync(store.path);
  return [
    { check: "server", level: "ok", message: `SQLite ${version}` },
    logFinding(statSync(`${store.path}-wal`, { throwIfNoEntry: false })?.size ?? 0),
    fileSystemFinding(place.type),
    spaceFinding(place),
    modeFinding(statSync(store.path).mode),
  ];
}

export function logFinding(size: number): Finding {
  const message = `the write-ahead log takes ${megabytes(size)}`;
  if (size < LARGE_LOG) return { check: "file log", level: "ok", message };
  return {
    check: "file log",
    level: "warn",
    message: `${message}: end the program that has been reading the file for long`,
  };
}

export function fileSystemFinding(type: number): Finding {
  const check = "file system";
  const [network, memory] = [OVER_A_NETWORK[type >>> 0], IN_MEMORY[type >>> 0]];
  if (network !== undefined) {
    const message = `the file is on ${network}, where its log can destroy it; put it on a local disk, or use Redis`;
    return { check, level: "fail", message };
  }
  if (memory !== undefined) {
    return { check, level: "warn", message: `the file is in memory (${memory}): the next boot loses every job` };
  }
  if (type >>> 0 === FUSE) {
    return { check, level: "warn", message: "the file is on FUSE; make sure that this is a local disk" };
  }
  return { check, level: "ok", message: "the file is on a local disk" };
}

function spaceFinding({ bavail, bsize }: StatsFs): Finding {
  const free = bavail * bsize;
  const message = `${megabytes(free)} free`;
  if (free >= LITTLE_SPACE) return { check: "disk", level: "ok", message };
  return { check: "disk", level: "warn", message: `${message}: a full disk refuses pushes; make room` };
}

function modeFinding(mode: number): Finding {
  const found = `0${(mode & 0o777).toString(8)}`;
  if ((mode & 0o077) === 0) return { check: "file mode", level: "ok", message: `the file has ${found}` };
  return {
    check: "file mode",
    level: "warn",
    message: `the file has ${found}: others can reach the jobs; expected 0600`,
  };
}

function megabytes(count: number): string {
  return `${Math.ceil(count / 1024 ** 2)} MB`;
}
