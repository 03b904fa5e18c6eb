import { readFileSync } from "node:fs";
import { familyOf } from "../bench/processes.ts";

export type Role = "manage" | "master" | "worker" | "other";

/** A process of a service, as the system shows it: what mpq itself says of it is not asked. */
export interface Member {
  readonly pid: number;
  readonly role: Role;
}

/** Everything that descends from a manage process, itself first. `other`: what handlers started. */
export function family(manage: number): Member[] {
  return familyOf([manage])
    .map(({ pid }) => ({ pid, role: pid === manage ? ("manage" as const) : roleOf(pid) }))
    .toSorted((a, b) => Number(b.pid === manage) - Number(a.pid === manage));
}

function roleOf(pid: number): Role {
  const title = /^mpq: (master|worker) \[/.exec(read(`/proc/${pid}/cmdline`))?.[1];
  return title === "master" || title === "worker" ? title : "other";
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it is gone
  }
}
