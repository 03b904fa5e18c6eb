import type { TakenJob } from "../../driver/driver.ts";
import type { ErrorReport } from "../../errors.ts";
import { emit } from "../../telemetry/events.ts";
import type { Board } from "../board.ts";
import type { Boards } from "../boards.ts";
import { type Clock, hostBornMs } from "../clock.ts";
import { type CreditRule, Pace, credit, worthwhile } from "../credit.ts";
import { type HandedJob, packJobs } from "../handed-jobs.ts";
import type { AbortReason, Failure, MasterToWorker, WorkerToMaster } from "../protocol.ts";
import type { Doom } from "./death.ts";
import { hear } from "./hearing.ts";
import { type Child, type ChildExit, type Spawn, type WorkerRole } from "../role.ts";
import { WorkerOutput } from "./worker-output.ts";

/** A job in a worker's hands. */
export interface InHand {
  readonly slot: number;
  readonly word: number;
  readonly job: TakenJob;
}

export type WorkerState = "starting" | "ready" | "leaving";

export interface WorkerHooks {
  onReady(worker: WorkerHandle): void;
  onBroken(worker: WorkerHandle, error: ErrorReport): void;
  onProgress(worker: WorkerHandle, failures: readonly Failure[]): void;
  onExit(worker: WorkerHandle, exit: ChildExit): void;
}

export interface WorkerPlace {
  readonly clock: Clock;
  readonly boards: Boards;
  readonly spawn: Spawn;
}

/** One worker process as its master sees it: the process, its board, and the jobs that are in its hands. */
export class WorkerHandle {
  readonly name: string;
  readonly board: Board;
  readonly startedAt: Date;
  readonly bornMs: number;
  readonly inHand: Map<number, InHand> = new Map();
  state: WorkerState = "starting";
  /** It was seen to begin nothing more, and has told of no progress since. */
  isStuck = false;
  /** When it was last read from its board what it has ended. */
  readAt: number = Number.NEGATIVE_INFINITY;
  /** How often it has said something. */
  words = 0;
  /** Why it could not start. */
  brokenBy: ErrorReport | undefined;
  /** Why it is being killed, once it is. */
  doom: Doom | undefined;
  /** Resolves when it is ready (with nothing) or has failed to start (with the reason). */
  readonly started: Promise<ErrorReport | undefined>;
  /** Resolves when the process has ended. */
  readonly gone: Promise<void>;
  /** Resolves when it has ended and everything that it printed has been told. */
  readonly heard: Promise<void>;
  readonly #started = Promise.withResolvers<ErrorReport | undefined>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #child: Child;
  readonly #pace = new Pace();
  readonly #free: number[];

  constructor(role: Omit<WorkerRole, "board" | "mark">, place: WorkerPlace, hooks: WorkerHooks) {
    this.name = role.worker;
    this.startedAt = new Date(place.clock.wallNow());
    this.bornMs = place.clock.now();
    this.started = this.#started.promise;
    this.gone = this.#gone.promise;
    this.board = place.boards.create(role.owner, role.worker);
    this.#free = this.board.freeSlots();
    const mark = crypto.randomUUID();
    this.#child = place.spawn(
      { ...role, board: this.board.path, mark },
      {
        onMessage: (said) => this.#receive(hear(said, mark), hooks),
        onExit: (exit) => this.#exited(exit, hooks),
        output: new WorkerOutput({ queue: role.queue, mark, board: this.board, pid: () => this.pid }, place.clock),
      },
    );
    this.board.sign({ pid: this.pid, hostBornMs: hostBornMs(place.clock) });
    this.heard = this.#child.heard;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** How many more jobs it could be handed now. */
  room(rule: CreditRule): number {
    if (this.state !== "ready" || this.doom !== undefined || this.isStuck) return 0;
    return Math.max(0, Math.min(this.#free.length, credit(rule, this.#pace) - this.inHand.size));
  }

  /** How many of these it would begin at once. */
  idle(rule: CreditRule): number {
    return Math.min(this.room(rule), Math.max(0, rule.concurrency - this.inHand.size));
  }

  /** How many jobs at once are worth a message to it. */
  get worthwhile(): number {
    return worthwhile(this.#pace.averageMs);
  }

  /** Hands out jobs; there must be room for them. */
  hand(jobs: readonly TakenJob[]): void {
    this.#pace.came(jobs);
    const message = packJobs(jobs.map((job) => this.#place(job)));
    this.noteKnown();
    this.send(message);
  }

  #place(job: TakenJob): HandedJob {
    const slot = this.#free.pop() ?? 0;
    this.board.label(slot, job);
    const word = this.board.hand(slot);
    this.inHand.set(slot, { slot, word, job });
    return { slot, word, id: job.id, envelope: job.envelope, record: job.record };
  }

  /** Takes back what it has not begun, or a part: the last ones first, since it begins the first meanwhile. */
  takeBack(most: number = Number.POSITIVE_INFINITY): readonly TakenJob[] {
    const back: TakenJob[] = [];
    for (const one of [...this.inHand.values()].reverse()) {
      if (back.length >= most) break;
      if (!this.board.revoke(one.slot, one.word)) continue;
      this.putDown(one);
      this.release(one.slot);
      back.push(one.job);
    }
    this.noteKnown();
    return back.reverse();
  }

  /** Says on the board what this master knows of the worker, so that it tells what is news. */
  noteKnown(ended: number = this.board.known.ended): void {
    this.board.known = { ended, inHand: this.inHand.size };
  }

  /** The job has left its hands. Its slot keeps saying how it ended until {@link release}. */
  putDown(one: InHand): void {
    this.inHand.delete(one.slot);
  }

  /** The store knows how the job in the slot ended, so the slot may be used again. */
  release(slot: number): void {
    this.board.free(slot);
    this.#free.push(slot);
  }

  /** Learns from the board how long jobs take. Gives how many have ended. */
  measure(): number {
    const totals = this.board.totals();
    this.#pace.update(totals);
    return totals.finished;
  }

  /** Aborts the signal of the run in the slot. `word` is what the slot says while it runs. */
  abort(slot: number, word: number, reason: AbortReason): void {
    this.send({ say: "abort", slot, word, reason });
  }

  /** Aborts the signals of all its runs, because the service or the worker stops. */
  abortAll(): void {
    for (const slot of this.board.running()) this.abort(slot, this.board.word(slot), "stop");
  }

  /** Asks it to leave when nothing runs any more. */
  stop(): void {
    this.state = "leaving";
    this.send({ say: "stop" });
  }

  /** Ends it now, whatever it does. What runs in it is judged by `doom`. */
  kill(doom: Doom): void {
    this.doom ??= doom;
    this.#child.kill("SIGKILL");
  }

  send(message: MasterToWorker): void {
    // A worker that is gone is told nothing; what was in its hands is settled when its end is seen.
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    try {
      this.#child.send(message);
    } catch {
      // User code has closed its channel, so nobody can tell it anything any more.
      this.kill({ cause: "silent" });
    }
  }

  #exited(exit: ChildExit, hooks: WorkerHooks): void {
    this.#started.resolve({ name: "Error", message: "the worker ended before it was ready" });
    hooks.onExit(this, exit);
    this.#gone.resolve();
  }

  /** What only one that starts may say, user code may say later: then it means nothing. */
  #receive(message: WorkerToMaster | undefined, hooks: WorkerHooks): void {
    if (message === undefined) return;
    this.words++;
    switch (message.say) {
      case "ready":
        if (this.state !== "starting") return;
        this.state = "ready";
        this.#started.resolve(undefined);
        return hooks.onReady(this);
      case "broken":
        if (this.state !== "starting") return;
        this.brokenBy = message.error;
        this.#started.resolve(message.error);
        return hooks.onBroken(this, message.error);
      case "event":
        return emit(message.event);
      case "progress":
        this.isStuck = false;
        return hooks.onProgress(this, message.failures);
    }
  }
}
