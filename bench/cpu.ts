import { cpuMsOf, familyOf } from "./processes.ts";
import type { Run } from "./systems/system.ts";

/** CPU time in ms by what the processes are for: those of a run, and the Redis that it uses. */
export type CpuByRole = ReadonlyMap<string, number>;

export async function cpuByRole(run: Run): Promise<CpuByRole> {
  const roles = await run.roles();
  const sums = new Map<string, number>();
  const add = (role: string, pid: number): unknown => sums.set(role, (sums.get(role) ?? 0) + cpuMsOf(pid));
  for (const { pid } of familyOf(run.pids())) add(roles.get(pid) ?? "child", pid);
  if (run.redis !== undefined) add("redis", run.redis.pid);
  return sums;
}

/** What was used between two looks. */
export function usedBetween(before: CpuByRole, after: CpuByRole): CpuByRole {
  return new Map([...after].map(([role, ms]) => [role, ms - (before.get(role) ?? 0)]));
}
