import { statSync } from "node:fs";

/**
 * Becomes plain Bun when this process was started to run a script: `fork(file)`, or `spawn(process.execPath, [file])`, by
 * a job or a package that it uses. They mean the program that runs JavaScript, and in a compiled program that is this one;
 * without this they would start the service again, and again.
 *
 * Call it before anything else. The process keeps its pid and its open channels, so the parent can talk to the script.
 */
export function becomePlainBun(): void {
  const [, , script, ...args] = process.argv;
  if (!Bun.isStandaloneExecutable || script === undefined || !isScript(script)) return;
  // Plain Bun would fetch packages that it does not find from the network.
  const command = [process.execPath, "--no-install", script, ...args];
  process.execve?.(process.execPath, command, { ...process.env, BUN_BE_BUN: "1" });
}

/** Commands, also the hidden ones of our own children, have neither a slash nor a dot; so no file can hide one. */
function isScript(path: string): boolean {
  return /[./]/.test(path) && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}
