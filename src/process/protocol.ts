import type { QueueValues } from "../config/config.ts";
import type { ErrorReport } from "../errors.ts";
import type { JobId } from "../job/id.ts";
import type { Event } from "../telemetry/events.ts";

/** Every word that processes of one service say to each other: one closed union for each direction. */

export type ManageToMaster =
  | { readonly say: "quiet" }
  | { readonly say: "continue" }
  | { readonly say: "stop"; readonly withinMs: number }
  /** Replace every worker, one after another, with fresh code, and go by these values from then on. */
  | { readonly say: "reload"; readonly ask: number; readonly values: QueueValues }
  | { readonly say: "status"; readonly ask: number }
  /** The last events were taken: the next ones may come. */
  | { readonly say: "taken" };

export type MasterToManage =
  /** Every worker of the queue is ready for the first time. */
  | { readonly say: "up" }
  /** A worker cannot start, and never could: the reason. */
  | { readonly say: "broken"; readonly error: ErrorReport }
  /** Every worker is replaced, or not, for this reason; those that are not stay. */
  | { readonly say: "reloaded"; readonly ask: number; readonly error: ErrorReport | undefined }
  | { readonly say: "status"; readonly ask: number; readonly processes: readonly ProcessStatus[] }
  /** What happened, as `told-events.ts` writes it. No more is said before manage has answered `taken`. */
  | { readonly say: "events"; readonly told: string };

export type MasterToWorker =
  | HandedJobs
  /** Abort the signal of what runs in the slot, if it still is what the word says. */
  | { readonly say: "abort"; readonly slot: number; readonly word: number; readonly reason: AbortReason }
  /** Say what there is to say, were it nothing: it shows that the worker is there. */
  | { readonly say: "report" }
  /** Take nothing new; leave when nothing runs any more. */
  | { readonly say: "stop" }
  /** Take nothing new until `continue`; only said to workers that take for themselves. */
  | { readonly say: "quiet" }
  | { readonly say: "continue" };

export type AbortReason = "timeout" | "stop";

/**
 * Jobs for a worker, as one text: the channel walks every field of an object and every element of a list, which costs more
 * than all the rest of sending. `handed-jobs.ts` writes and reads it.
 */
export type HandedJobs = string;

export type WorkerToMaster =
  | { readonly say: "ready" }
  /** It cannot start, and leaves. */
  | { readonly say: "broken"; readonly error: ErrorReport }
  /** Something happened. The mark is the one of the worker's role. */
  | { readonly say: "event"; readonly mark: string; readonly event: Event }
  /** The board has news; these are the errors of what it says has failed. */
  | { readonly say: "progress"; readonly failures: readonly Failure[] };

export type LoaderToCommand =
  | { readonly say: "jobs"; readonly names: readonly string[] }
  | { readonly say: "settings"; readonly settings: ServiceSettings }
  | { readonly say: "broken"; readonly error: ErrorReport };

/** The configuration without its code. */
export interface ServiceSettings {
  readonly name: string;
  readonly runDir: string;
  /** The store's label. */
  readonly store: string;
  readonly queues: readonly QueueValues[];
}

/** The exit code of a worker whose user code threw outside of any run (sysexits: 70 internal software error). */
export const STRAY_EXIT_CODE = 70;

export interface Failure {
  readonly slot: number;
  readonly word: number;
  readonly outcome: FailureOutcome;
  readonly error: ErrorReport;
  /** The handler asked not to be tried again. */
  readonly final: boolean;
}

/** How a run failed whose worker lives: by itself, or after its signal was aborted. */
export type FailureOutcome = "error" | "timeout" | "released";

/** One row of `worker:status`. */
export interface ProcessStatus {
  readonly role: "manage" | "master" | "worker";
  readonly queue: string | null;
  readonly pid: number;
  readonly state: ProcessState;
  /** The job that runs longest, and since how many seconds; null when none runs. */
  readonly job: JobId | null;
  readonly seconds: number | null;
  /** Jobs that this process ended. */
  readonly done: number;
  /** Bytes of its own (anonymous) memory. */
  readonly memory: number;
  readonly startedAt: string;
}

export type ProcessState = "starting" | "idle" | "busy" | "stopping" | "error";
