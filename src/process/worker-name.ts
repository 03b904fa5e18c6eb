import { hostname } from "node:os";

/** How attempts name the process that ran them. */
export function workerName(pid: number): string {
  return `${hostname()}:${pid}`;
}
