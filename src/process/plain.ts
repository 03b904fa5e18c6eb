import { statSync } from "node:fs";
import { CString, ptr } from "bun:ffi";
import { openCLibrary } from "./c-library.ts";

/**
 * Becomes plain Bun when this process was started to run a script: `fork(file)`, or `spawn(process.execPath, [file])`, by
 * a job or a package that it uses. They mean the program that runs JavaScript, and in a compiled program that is this one;
 * without this they would start the service again, and again.
 *
 * Call it before anything else. The process keeps its pid and its channel, so the parent can talk to the script.
 */
export function becomePlainBun(): void {
  const [, , script, ...args] = process.argv;
  if (!Bun.isStandaloneExecutable || script === undefined || !isScript(script)) return;
  // Plain Bun would fetch packages that it does not find from the network.
  const command = [process.execPath, "--no-install", script, ...args];
  const env = { ...process.env, BUN_BE_BUN: "1" };
  replaceKeepingChannel(command, env);
  process.execve?.(process.execPath, command, env);
}

/** Commands, also the hidden ones of our own children, have neither a slash nor a dot; so no file can hide one. */
function isScript(path: string): boolean {
  return /[./]/.test(path) && (statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

/** What `fork` tells its child. Bun takes them out of `process.env`, but not out of the environment itself. */
const CHANNEL = ["NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE"];

/**
 * Replaces the process when it has a channel to its parent: `process.execve` would close it. Returns when there is none,
 * and where the C library cannot be called.
 */
function replaceKeepingChannel(command: readonly string[], env: NodeJS.ProcessEnv): void {
  if (process.send === undefined) return;
  const libc = openCLibrary({
    getenv: { args: ["ptr"], returns: "ptr" },
    execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
  });
  if (libc === undefined) return;
  const channel = CHANNEL.map((name) => {
    const value = libc.getenv(ptr(cText(name)));
    return value === null ? undefined : `${name}=${new CString(value).toString()}`;
  });
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value ?? ""}`);
  const [argv, envp] = [cList(command), cList([...variables, ...channel.filter((line) => line !== undefined)])];
  libc.execve(ptr(cText(process.execPath)), ptr(argv.pointers), ptr(envp.pointers));
}

function cText(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** A list of texts as C has it: their addresses, and a zero. The texts live as long as the result is held. */
function cList(texts: readonly string[]): { readonly pointers: BigUint64Array; readonly texts: readonly Buffer[] } {
  const buffers = texts.map(cText);
  return { pointers: BigUint64Array.from([...buffers.map((buffer) => BigInt(ptr(buffer))), 0n]), texts: buffers };
}
