import { readdirSync, readFileSync } from "node:fs";

/** Leaves a living process only so many file descriptors more. Returns what gives it back what it had. */
export function starve(pid: number, spare: number): () => void {
  const before = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, "utf8"))?.[1] ?? "1024";
  const open = new Set(readdirSync(`/proc/${pid}/fd`).map(Number));
  let limit = 0;
  for (let free = 0; free < spare || open.has(limit); limit++) if (!open.has(limit)) free++;
  limitTo(pid, String(limit));
  return () => limitTo(pid, before);
}

/** The hard limit stays, so that it can be undone without rights. A process that has ended has none. */
function limitTo(pid: number, soft: string): void {
  Bun.spawnSync(["prlimit", `--pid=${pid}`, `--nofile=${soft}:`], { stderr: "ignore" });
}
