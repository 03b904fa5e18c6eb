import { readFileSync } from "node:fs";
import type { Config } from "../../config/config.ts";
import type { Finding } from "../../driver/driver.ts";
import { compilesToMachineCode } from "../../process/jit.ts";

/** What a master has open for each worker, two of which stand in one place during a reload. */
const FILES_PER_WORKER = 4;
/** What a process has open besides. */
const FILES_OF_ITS_OWN = 64;
/** Fewer are soon used up by jobs, whose connections and files count as well. */
const FILES_FOR_JOBS = 1_024;

/** Nothing where the system does not tell. */
export function fileLimitFinding({ queues }: Config): readonly Finding[] {
  if (process.platform !== "linux") return [];
  const most = Math.max(...Array.from(queues.values(), ({ workers }) => workers));
  return [judgeFileLimit(fileLimitIn(readFileSync("/proc/self/limits", "utf8")), most)];
}

/** The limit that counts is the hard one: Bun raises the other up to it. */
function fileLimitIn(limits: string): number {
  const [, hard = ""] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits) ?? [];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

function judgeFileLimit(limit: number, workers: number): Finding {
  const check = "open files";
  const needed = workers * FILES_PER_WORKER + FILES_OF_ITS_OWN;
  const found = `a process may have ${limit} files open`;
  const advice = "raise it with ulimit -Hn, or LimitNOFILE= of systemd";
  if (limit < needed) {
    return { check, level: "fail", message: `${found}; a queue with ${workers} workers needs ${needed}: ${advice}` };
  }
  if (limit < FILES_FOR_JOBS)
    return { check, level: "warn", message: `${found}, of which jobs may need more: ${advice}` };
  return { check, level: "ok", message: found };
}

export function machineCodeFinding(): readonly Finding[] {
  const compiles = compilesToMachineCode();
  if (compiles === undefined) return [];
  if (compiles) return [{ check: "machine code", level: "ok", message: "JavaScript is compiled" }];
  const why = "MemoryDenyWriteExecute=yes of systemd does this, and BUN_JSC_useJIT=0";
  const message = `JavaScript is not compiled, and runs about ten times slower: ${why}`;
  return [{ check: "machine code", level: "warn", message }];
}
