import { readFileSync } from "node:fs";

/** Bytes of a process's own (anonymous) memory; 0 when it is gone or the system does not tell. */
export function ownMemory(pid: number): number {
  try {
    const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch (error) {
    if (error instanceof Error && "code" in error) return 0;
    throw error;
  }
}
