import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process, told apart from every other that ever had its pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Its start time as the kernel counts it; empty where the system does not tell. */
  readonly processStart: string;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, processStart: processStart(process.pid) };
}

/** Tells whether that very process still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    // Of another user, but there.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return processStart(identity.pid) === identity.processStart && !isZombie(identity.pid);
}

/**
 * Names the machine: one boot of one kernel, and the pid namespace in it, since a pid of another container means nothing
 * here. Falls back to the host's name.
 */
export function machineName(): string {
  const boot = readIfThere("/proc/sys/kernel/random/boot_id")?.trim();
  return boot === undefined ? hostname() : `${boot}/${readlinkSync("/proc/self/ns/pid")}`;
}

function processStart(pid: number): string {
  return statFields(pid)?.[19] ?? "";
}

function isZombie(pid: number): boolean {
  return statFields(pid)?.[0] === "Z";
}

/** The fields of `/proc/<pid>/stat` after the program's name, which may contain anything: state is the first. */
function statFields(pid: number): string[] | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
