import type { ErrorReport } from "../errors.ts";
import type { Outcome } from "../job/attempt.ts";

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
  | { readonly event: "queue.up"; readonly queue: string; readonly workers: number; readonly mode: string }
  | { readonly event: "master.died"; readonly queue: string; readonly how: string }
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
  | { readonly event: "systemd.unreachable"; readonly socket: string };

type Listener = (event: Event) => void;

const listeners = new Set<Listener>();

/** Calls `listener` with every event of this process from now on. Returns what ends that. */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function emit(event: Event): void {
  for (const listener of listeners) listener(event);
}
