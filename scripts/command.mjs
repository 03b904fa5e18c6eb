import { spawn, spawnSync } from "node:child_process";

/** Signals that somebody sends to end a script; they reach the command that runs, which decides. */
const PASSED_ON = ["SIGTERM", "SIGHUP"];

/**
 * Runs a command with this terminal and gives its exit code, 128 and the signal's number when a signal ended it.
 *
 * Ctrl-C reaches the whole foreground group, so it is left to the command: whoever ends first would hide how the
 * other one stops.
 */
export function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  const ignore = () => {};
  const passOn = (signal) => child.kill(signal);
  process.on("SIGINT", ignore);
  for (const signal of PASSED_ON) process.on(signal, passOn);
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Failure(`${command} does not start: ${error.message}`)));
    child.once("exit", (code, signal) => resolve(code ?? 128 + signalNumber(signal)));
  }).finally(() => {
    process.off("SIGINT", ignore);
    for (const signal of PASSED_ON) process.off(signal, passOn);
  });
}

/** Runs a command that must succeed. Throws {@link Failure} with its exit code when it does not. */
export async function must(command, args, options = {}) {
  const code = await run(command, args, options);
  if (code !== 0) throw new Failure(`"${[command, ...args].join(" ")}" ended with exit code ${code}`, code);
}

/** What a command prints, or undefined when it does not start or does not end well. */
export function outputOf(command, args, cwd = process.cwd()) {
  const done = spawnSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return done.status === 0 ? done.stdout.trim() : undefined;
}

/** Why a script ends early: shown as one line, without a stack. */
export class Failure extends Error {
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

/** Runs the body of a script and ends the process with the exit code that it returns, 0 for none. */
export async function script(body) {
  try {
    process.exitCode = (await body()) ?? 0;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    console.error(error.message);
    process.exitCode = error.code;
  }
}

function signalNumber(signal) {
  return { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }[signal] ?? 0;
}
