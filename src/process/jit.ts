import { readFileSync } from "node:fs";

/**
 * Tells whether this process may turn JavaScript into machine code, for which it has memory that is written and executed.
 * Where that is forbidden, as by systemd's `MemoryDenyWriteExecute`, it says nothing and runs many times slower. Undefined
 * where the system does not tell.
 */
export function compilesToMachineCode(): boolean | undefined {
  if (process.platform !== "linux") return undefined;
  return /^\S+ rwxp /m.test(readFileSync("/proc/self/maps", "utf8"));
}
