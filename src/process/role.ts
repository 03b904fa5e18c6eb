import type { Subprocess } from "bun";
import type { Mode } from "../job/state.ts";
import { dieWithParent } from "./libc.ts";
import { type OutputHooks, readOutput } from "./output.ts";

/**
 * What a process is told when it is started: by its parent, in one variable of its environment. Manage and every other
 * command are started by a person and have none.
 */
export type Role = MasterRole | WorkerRole | LoaderRole;

export interface MasterRole {
  readonly role: "master";
  /** The configuration file, undefined when there is none. */
  readonly config: string | undefined;
  readonly queue: string;
  /** The owner that this master takes jobs as. */
  readonly owner: string;
  /** Whether the service takes nothing new at present. */
  readonly quiet: boolean;
  /** Owners whose names begin with one of these are dead: their jobs are recovered first of all. */
  readonly dead: readonly string[];
}

export interface WorkerRole {
  readonly role: "worker";
  readonly config: string | undefined;
  readonly queue: string;
  readonly owner: string;
  /** The mode that its master works in, whatever the configuration says by now. */
  readonly mode: Mode;
  /** Tells this worker apart from all others that its master ever had. */
  readonly worker: string;
  /** The file of the board that it shares with its master. */
  readonly board: string;
  /** A word that it and its master alone know: what it prints and says with that is its own, not its user's. */
  readonly mark: string;
}

/** Loads what users wrote, and tells what is in it, where nothing else runs. */
export interface LoaderRole {
  readonly role: "loader";
  readonly of: "jobs" | "settings";
  readonly config: string | undefined;
}

const VARIABLE = "MPQ_ROLE";
/** Milliseconds between two looks of Bun's collector at an idle heap; by default each second, the most that a waiting process does. */
const COLLECTOR = { variable: "BUN_GC_TIMER_INTERVAL", ms: "30000" };

interface Handshake {
  readonly parent: number;
  readonly role: Role;
}

/**
 * Takes on the role that the parent gave, or returns undefined when somebody else started this process. Afterwards the
 * process ends with its parent.
 */
export function takeRole(): Role | undefined {
  const text = process.env[VARIABLE];
  delete process.env[VARIABLE];
  if (process.env[COLLECTOR.variable] === COLLECTOR.ms) delete process.env[COLLECTOR.variable];
  // Without a channel another one was meant: what a job starts may get the environment that its worker was started with.
  if (text === undefined || process.send === undefined) return undefined;
  const { parent, role } = JSON.parse(text) as Handshake;
  dieWithParent();
  // The parent may have died before the kernel was asked.
  if (process.ppid !== parent) process.exit(0);
  // Also when user code closes the channel: nobody could tell this process anything any more.
  process.on("disconnect", () => process.exit(0));
  return role;
}

export interface ChildHooks {
  /** Something came over the child's channel: whoever is in that process can speak there. */
  onMessage(said: unknown): void;
  onExit(exit: ChildExit): void;
  /** Gets what the child prints. Without it, all of that goes to this process's stderr: what a child prints is no result. */
  readonly output?: OutputHooks;
}

/** How a child ended: by itself with a code, or by a signal. One that the system did not let begin says why. */
export type ChildExit = { readonly code: number; readonly unbegun?: string } | { readonly signal: string };

/** How a child ended, as its runtime tells: a code, or null and a signal. */
export function exitOf(code: number | null, signal: string | number | null): ChildExit {
  return signal === null ? { code: code ?? 1 } : { signal: String(signal) };
}

/** Ends a sentence that says that a process ended. */
export function describeExit(exit: ChildExit): string {
  if ("signal" in exit) return `by ${exit.signal}`;
  return exit.unbegun === undefined ? `with exit code ${exit.code}` : `with no process to run in (${exit.unbegun})`;
}

/** A process of this service, as its parent sees it. */
export type Child = Pick<Subprocess, "pid" | "exitCode" | "signalCode" | "exited" | "send" | "kill"> & {
  /** Resolves when the child has ended and everything that it printed has been read. */
  readonly heard: Promise<void>;
};

/** Starts a process of this service in another role. */
export type Spawn = (role: Role, hooks: ChildHooks) => Child;

/** Says something to a child, and tells whether it could: the channel of one that has ended is closed before its end is seen. */
export function sayTo(child: Child, message: unknown): boolean {
  try {
    child.send(message);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_IPC_CHANNEL_CLOSED") return false;
    throw error;
  }
}

const STDERR = 2;

/**
 * Starts this same program again in another role. Where the system has no process or file descriptor left, that is a child
 * that has ended: who starts again what dies does so ever later, and keeps what it has.
 */
export function spawnRole(role: Role, hooks: ChildHooks): Child {
  try {
    return spawn(role, hooks);
  } catch (error) {
    return unbegun(error, hooks);
  }
}

function unbegun(error: unknown, hooks: ChildHooks): Child {
  const exit = { code: 1, unbegun: error instanceof Error ? error.message : String(error) };
  const exited = new Promise<number>((resolve) => {
    // Not at once: who starts a child knows it before it hears of its end.
    setImmediate(() => {
      hooks.onExit(exit);
      resolve(exit.code);
    });
  });
  const nothing = (): void => undefined;
  return {
    pid: 0,
    exitCode: exit.code,
    signalCode: null,
    exited,
    heard: exited.then(nothing),
    send: nothing,
    kill: nothing,
  };
}

function spawn(role: Role, hooks: ChildHooks): Child {
  const { output } = hooks;
  const started = optionsOf(role, hooks);
  if (output === undefined) {
    const child = Bun.spawn(ownCommand(), { ...started, stdio: ["ignore", STDERR, STDERR] });
    return Object.assign(child, { heard: child.exited.then(() => undefined) });
  }
  const child = Bun.spawn<"ignore", "pipe", "pipe">(ownCommand(), { ...started, stdio: ["ignore", "pipe", "pipe"] });
  return Object.assign(child, { heard: readOutput(child, output) });
}

type StartOptions = Pick<
  Bun.Spawn.BaseOptions<"ignore", Bun.Spawn.Readable, Bun.Spawn.Readable>,
  "argv0" | "env" | "serialization" | "ipc" | "onExit"
>;

function optionsOf(role: Role, hooks: ChildHooks): StartOptions {
  const handshake: Handshake = { parent: process.pid, role };
  return {
    argv0: role.role === "loader" ? "mpq: loader" : `mpq: ${role.role} [${role.queue}]`,
    env: { [COLLECTOR.variable]: COLLECTOR.ms, ...process.env, [VARIABLE]: JSON.stringify(handshake) },
    serialization: "advanced",
    ipc: (said) => hooks.onMessage(said),
    onExit: (_child, code, signal) => hooks.onExit(exitOf(code, signal)),
  };
}

/** The command that starts this program: the binary alone, or Bun and the entry file when it is not compiled. */
export function ownCommand(): string[] {
  return Bun.isStandaloneExecutable ? [process.execPath] : [process.execPath, Bun.main];
}
