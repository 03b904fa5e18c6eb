import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { MpqError } from "../../errors.ts";
import { type ProcessIdentity, isAlive, isCertain, ownIdentity } from "../identity.ts";

/** Who runs the service on this host, or undefined when nobody does. A stale file counts as nobody. */
function readHolder(path: string): ProcessIdentity | undefined {
  const holder = parse(path);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/**
 * Makes this process the only one that runs the service on this host, until {@link dropPidFile}. Throws
 * `SERVICE_RUNNING` with the holder's pid when there is one; a file that a dead process left is replaced.
 */
export function claimPidFile(path: string, name: string): void {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${JSON.stringify(ownIdentity())}\n`, { mode: 0o600 });
  try {
    while (!link(own, path)) {
      const holder = readHolder(path);
      if (holder !== undefined) throw running(name, holder.pid);
      setAside(path);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Gives the service up, when this process holds it. */
export function dropPidFile(path: string): void {
  if (parse(path)?.pid === process.pid) rmSync(path, { force: true });
}

/** So often it is looked whether a process that was killed is gone. */
const LOOK_MS = 10;

/**
 * Kills the process that runs the service on this host, and resolves when it is gone; its masters and workers end with it.
 * Gives false, and does nothing, when there is none, and when the system does not tell whether it is that very process.
 */
export async function killHolder(path: string): Promise<boolean> {
  const holder = readHolder(path);
  if (holder === undefined || !isCertain(holder)) return false;
  process.kill(holder.pid, "SIGKILL");
  while (isAlive(holder)) await Bun.sleep(LOOK_MS);
  return true;
}

function running(name: string, pid: number): MpqError {
  return new MpqError(
    "SERVICE_RUNNING",
    `the service ${JSON.stringify(name)} runs already: pid ${pid} on ${hostname()}; stop it with "mpq worker:stop", or give this one another name`,
  );
}

/** Links atomically: of two processes that try at once, one wins. */
function link(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** Moves a stale file away. When somebody else replaced it meanwhile, the next try finds theirs. */
function setAside(path: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    const holder = parse(aside);
    if (holder !== undefined && isAlive(holder)) linkSync(aside, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function parse(path: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof value !== "object" || value === null) return undefined;
    const { pid, processStart } = value as Partial<ProcessIdentity>;
    return typeof pid === "number" && typeof processStart === "string" ? { pid, processStart } : undefined;
  } catch (error) {
    // Not there, or cut off when its writer died: nobody holds it.
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}
