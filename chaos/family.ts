import { readFileSync, readdirSync } from "node:fs";
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

/** What a process holds on to. */
export interface Holdings {
  /** Bytes of its own (anonymous) memory. */
  readonly memory: number;
  /** Open file descriptors. */
  readonly files: number;
}

/** Undefined for a process that is gone. */
export function holdingsOf(pid: number): Holdings | undefined {
  const anonymous = /^RssAnon:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
  if (anonymous === undefined) return undefined;
  try {
    return { memory: Number(anonymous) * 1024, files: readdirSync(`/proc/${pid}/fd`).length };
  } catch {
    return undefined;
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // it is gone
  }
}
