import { type Stats, accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import type { Config } from "../../config/config.ts";
import type { Finding } from "../../driver/driver.ts";
import { serviceFolder } from "../../process/service-folder.ts";

const STICKY = 0o1000;
const WRITABLE_BY_OTHERS = 0o022;

/** Looks whether the service can have its folder, and whether nobody else can put something in its place. */
export function runDirFinding(config: Pick<Config, "name" | "runDir">): Finding {
  const { path } = serviceFolder(config);
  const there = nearestThere(path);
  const problem = problemOf(there) ?? (there.path === path ? ownerProblem(there) : undefined);
  if (problem !== undefined) return { check: "runDir", level: "fail", message: problem };
  if (isOpenToOthers(there)) {
    const message = `others can write ${there.path}, and so take the service's place; expected a folder of its user alone`;
    return { check: "runDir", level: "warn", message };
  }
  return { check: "runDir", level: "ok", message: there.path === path ? path : `${path}, made at the start` };
}

interface Place {
  readonly path: string;
  readonly stat: Stats;
}

/** The folder itself, or the nearest one above that can be seen. */
function nearestThere(path: string): Place {
  const stat = look(path);
  return stat === undefined ? nearestThere(dirname(path)) : { path, stat };
}

function look(path: string): Stats | undefined {
  return unlessRefused(() => statSync(path));
}

function problemOf({ path, stat }: Place): string | undefined {
  if (!stat.isDirectory()) return `${path} is no folder; remove it, or set runDir to another one`;
  const isWritable = unlessRefused(() => (accessSync(path, constants.W_OK | constants.X_OK), true)) ?? false;
  return isWritable ? undefined : `user ${process.getuid?.()} cannot write ${path}; set runDir to a folder of its own`;
}

function ownerProblem({ path, stat }: Place): string | undefined {
  if (process.getuid === undefined || stat.uid === process.getuid()) return undefined;
  return `${path} belongs to user ${stat.uid}, this is user ${process.getuid()}; set runDir to a folder of its own`;
}

function isOpenToOthers({ stat }: Place): boolean {
  return (stat.mode & WRITABLE_BY_OTHERS) !== 0 && (stat.mode & STICKY) === 0;
}

/** What the system says no to is undefined. */
function unlessRefused<Result>(ask: () => Result): Result | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
