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

/**
 * Tells whether that very process still runs. Where the system hides the processes of other users, one of them that has the
 * pid is taken for it: a service that is refused once too often is better than two of one name.
 */
export function isAlive({ pid, processStart: start }: ProcessIdentity): boolean {
  const seen = processStart(pid);
  const isHidden = seen === "" && start !== "";
  return (isHidden || (seen === start && !isZombie(pid))) && isThere(pid);
}

/** Tells whether the system shows that very process to run. One that is hidden, or has no start time, is no such. */
export function isCertain({ pid, processStart: start }: ProcessIdentity): boolean {
  return start !== "" && processStart(pid) === start;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user, but there.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
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
