import type { ErrorReport } from "../errors.ts";
import type { Outcome } from "../job/attempt.ts";
import type { JobId } from "../job/id.ts";
import { type Bounded, roomIn } from "./outlet.ts";

/** Everything that can be observed of a service. `docs/events.md` lists them; wording and levels are the log's alone. */
export type Event =
  | { readonly event: "service.started"; readonly name: string; readonly store: string; readonly queues: number }
  | { readonly event: "service.stopping"; readonly name: string; readonly force: boolean }
  | { readonly event: "service.reloading"; readonly name: string }
  | { readonly event: "service.reloaded"; readonly name: string }
  | {
      readonly event: "service.reload-failed";
      readonly name: string;
      /** Absent when the configuration itself will not do. */
      readonly queue?: string;
      readonly error: ErrorReport;
    }
  | { readonly event: "service.stopped"; readonly name: string }
  | { readonly event: "service.reclaimed"; readonly name: string; readonly pid: number; readonly host: string }
  | { readonly event: "service.replaced"; readonly name: string; readonly pid: number; readonly host: string }
  | { readonly event: "loader.output"; readonly stream: Stream; readonly message: string }
  | { readonly event: "service.crashed"; readonly name: string; readonly error: ErrorReport }
  | { readonly event: "queue.up"; readonly queue: string; readonly workers: number; readonly mode: string }
  | { readonly event: "master.started"; readonly queue: string; readonly pid: number; readonly owner: string }
  | { readonly event: "master.died"; readonly queue: string; readonly how: string }
  | {
      readonly event: "master.output";
      readonly queue: string;
      readonly pid: number;
      readonly stream: Stream;
      readonly message: string;
    }
  | { readonly event: "worker.ready"; readonly queue: string; readonly pid: number; readonly seconds: number }
  | { readonly event: "worker.left"; readonly queue: string; readonly pid: number; readonly how: string }
  | { readonly event: "worker.died"; readonly queue: string; readonly pid: number; readonly how: string }
  | { readonly event: "worker.silent"; readonly queue: string; readonly pid: number }
  | {
      readonly event: "worker.renewed";
      readonly queue: string;
      readonly pid: number;
      readonly memory: number;
      readonly done: number;
    }
  | {
      readonly event: "worker.near-limit";
      readonly queue: string;
      readonly pid: number;
      readonly memory: number;
      readonly limit: number;
    }
  | { readonly event: "worker.broken"; readonly queue: string; readonly error: ErrorReport }
  | { readonly event: "worker.stray"; readonly queue: string; readonly pid: number; readonly error: ErrorReport }
  | {
      readonly event: "worker.output";
      readonly queue: string;
      readonly pid: number;
      readonly job: JobId | undefined;
      readonly stream: Stream;
      readonly message: string;
    }
  | { readonly event: "jobs.recovered"; readonly queue: string; readonly owner: string; readonly jobs: number }
  | {
      readonly event: "job.attempt-failed";
      readonly queue: string;
      readonly job: string;
      readonly outcome: Outcome;
      readonly error: ErrorReport;
      readonly next: string;
    }
  | {
      readonly event: "job.failed";
      readonly queue: string;
      readonly job: string;
      readonly error: ErrorReport | undefined;
    }
  | { readonly event: "job.lease-lost"; readonly queue: string; readonly job: string }
  | { readonly event: "store.lost"; readonly queue: string; readonly error: ErrorReport }
  | { readonly event: "store.back"; readonly queue: string }
  | { readonly event: "systemd.unreachable"; readonly socket: string }
  | { readonly event: "log.lost"; readonly lines: number }
  | { readonly event: "log.failed"; readonly error: ErrorReport };

/** Where a process printed a line. */
export type Stream = "stdout" | "stderr";

/** Is told of an event, and when it happened, in milliseconds since 1970. */
type Listener = (event: Event, at: number) => void;

const listeners = new Set<Listener>();
const slow = new Set<Bounded>();

/** Calls `listener` with every event of this process from now on. Returns what ends that. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function emit(event: Event, at: number = Date.now()): void {
  for (const listener of listeners) listener(event, at);
}

/** Has those who tell very much wait for `one` from now on. */
export function heed(one: Bounded): void {
  slow.add(one);
}

/** Who tells very much waits for this now and then, so that nothing piles up. Undefined when there is no need to. */
export function room(): Promise<unknown> | undefined {
  return roomIn(slow);
}
