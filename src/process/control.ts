import { statSync } from "node:fs";
import type { Socket } from "bun";
import { type ErrorReport, MpqError } from "../errors.ts";
import { LineReader } from "./lines.ts";
import type { ProcessStatus } from "./protocol.ts";

/** What a command asks a running service over its control socket: one line of JSON each way. */
export type ControlRequest =
  | { readonly ask: "status" }
  /** Answered when every queue is up, with the service's pid, or with the reason why it does not start. */
  | { readonly ask: "up" }
  /** Answered when every worker is replaced, or with the reason why not. */
  | { readonly ask: "reload" }
  /** Answered at once; the connection ends when the service has. */
  | { readonly ask: "stop" }
  | { readonly ask: "kill" };

export type ControlReply =
  | ServiceStatus
  | { readonly ok: true }
  | { readonly pid: number }
  | { readonly error: ErrorReport };

const ASKS: ReadonlySet<unknown> = new Set([
  "status",
  "up",
  "reload",
  "stop",
  "kill",
] satisfies ControlRequest["ask"][]);

/** Reads one line of a request; undefined for what is none. */
export function parseRequest(line: string): ControlRequest | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const ask: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "ask") : undefined;
    return ASKS.has(ask) ? ({ ask } as ControlRequest) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What `worker:status --json` prints. */
export interface ServiceStatus {
  readonly service: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly processes: readonly ProcessStatus[];
}

/** A service that does not answer for so long hangs; but starting and reloading take as long as they take. */
const ANSWER_MS = 5_000;

/**
 * Asks the service behind the socket. Rejects with `SERVICE_NOT_RUNNING` when there is none, when another user's process
 * stands there (what that says is not believed; root may ask all), and when `signal` ends the waiting; with
 * `SERVICE_SILENT` when it hangs. A request that was given up is not carried out later.
 */
export async function askService(
  socket: string,
  request: ControlRequest,
  signal?: AbortSignal,
): Promise<{ reply: ControlReply; ended: Promise<void> }> {
  const ended = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<string>();
  const lines = new LineReader((line) => answered.resolve(line));
  const connection = await connect(socket, {
    data: (_socket, bytes) => lines.read(bytes),
    close: () => {
      ended.resolve();
      answered.reject(new MpqError("SERVICE_NOT_RUNNING", `the service behind ${socket} ended before it answered`));
    },
  });
  const isSlow = request.ask === "up" || request.ask === "reload";
  const timer = isSlow ? undefined : setTimeout(() => answered.reject(silent(socket)), ANSWER_MS);
  const leave = (): void => connection.terminate();
  signal?.addEventListener("abort", leave);
  connection.write(`${JSON.stringify(request)}\n`);
  try {
    if (signal?.aborted === true) leave();
    const reply = JSON.parse(await answered.promise) as ControlReply;
    if (request.ask !== "stop" && request.ask !== "kill") connection.end();
    return { reply, ended: ended.promise };
  } catch (error) {
    leave();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", leave);
  }
}

function silent(socket: string): MpqError {
  const message = `the service behind ${socket} does not answer; "mpq worker:stop --force" kills it`;
  return new MpqError("SERVICE_SILENT", message);
}

const ROOT = 0;

interface Handlers {
  data(socket: Socket, bytes: Buffer): void;
  close(): void;
}

/** Undefined when there is nothing, or its place is no folder: then nobody listens there either. */
function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid;
  } catch {
    return undefined;
  }
}

async function connect(socket: string, handlers: Handlers): Promise<Socket> {
  const owner = ownerOf(socket);
  const user = process.getuid?.();
  if (owner !== undefined && user !== undefined && user !== ROOT && owner !== user) {
    const message = `${socket} belongs to user ${owner}, this process runs as user ${user}; ask as the user of the service`;
    throw new MpqError("SERVICE_NOT_RUNNING", message);
  }
  try {
    return await Bun.connect({ unix: socket, socket: handlers });
  } catch (cause) {
    throw new MpqError("SERVICE_NOT_RUNNING", `no service listens on ${socket}; "mpq worker:start" starts one`, {
      cause,
    });
  }
}
