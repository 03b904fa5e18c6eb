import type { QueueValues } from "../../config/config.ts";
import type { ErrorReport } from "../../errors.ts";
import { type Stream, emit } from "../../telemetry/events.ts";
import { Backoff } from "../backoff.ts";
import type { Clock } from "../clock.ts";
import type { ManageToMaster, MasterToManage, ProcessStatus } from "../protocol.ts";
import { type Child, type ChildExit, type MasterRole, type Spawn, describeExit, exitOf, sayTo } from "../role.ts";
import { emitTold } from "../told-events.ts";

/** A master that does not answer for so long is shown as one in error. */
const STATUS_MS = 1_000;

function masterDied({ exitCode, signalCode }: Child): ErrorReport {
  const how = describeExit(exitOf(exitCode, signalCode));
  return { name: "Error", message: `the master ended ${how} meanwhile; its successor has fresh workers` };
}

export interface SeatPlace {
  readonly clock: Clock;
  readonly spawn: Spawn;
  /** The configuration file. */
  readonly config: string | undefined;
  /** Gives each master of the service the name of an owner of its own. */
  readonly newOwner: () => string;
  /** Whether the service takes nothing new at present. */
  readonly isQuiet: () => boolean;
}

export interface SeatHooks {
  /** The queue has had all of its workers ready. */
  onUp(): void;
  /** The queue cannot come up, for this reason; said only before it was up. */
  onBroken(error: ErrorReport): void;
  /** The master was told to leave, and is gone. */
  onGone(): void;
}

/** How a master ended; `heard` resolves when everything that it printed has been read. */
interface End {
  readonly exit: ChildExit;
  readonly heard: Promise<void>;
}

/** Where the master of one queue sits: keeps one alive there, and tells a new one which owners are dead. */
export class Seat {
  /** The queue as its master goes by it. */
  values: QueueValues;
  readonly #place: SeatPlace;
  readonly #hooks: SeatHooks;
  readonly #backoff: Backoff = new Backoff();
  readonly #asks = new Map<number, (processes: readonly ProcessStatus[]) => void>();
  readonly #reloads = new Map<number, (error: ErrorReport | undefined) => void>();
  /** Who waits for a master that starts: until its workers are ready, or one cannot start. */
  readonly #starts: ((error: ErrorReport | undefined) => void)[] = [];
  #child: Child | undefined;
  #bornMs = 0;
  #startedAt: Date;
  #up = false;
  /** Owners of earlier masters, which the next one recovers first. */
  #dead: string[];
  #ask = 0;
  /** What comes after this master: another one, at once or when it dies, or none. */
  #next: "another" | "successor" | "none" = "another";

  constructor(values: QueueValues, dead: readonly string[], place: SeatPlace, hooks: SeatHooks) {
    this.values = values;
    this.#dead = [...dead];
    this.#place = place;
    this.#hooks = hooks;
    this.#startedAt = new Date(place.clock.wallNow());
  }

  get queue(): string {
    return this.values.name;
  }

  get isUp(): boolean {
    return this.#up;
  }

  get isEmpty(): boolean {
    return this.#child === undefined;
  }

  start(): void {
    if (this.#next === "none") return;
    this.#next = "another";
    const owner = this.#place.newOwner();
    this.#bornMs = this.#place.clock.now();
    this.#startedAt = new Date(this.#place.clock.wallNow());
    const role = {
      role: "master",
      config: this.#place.config,
      queue: this.queue,
      owner,
      quiet: this.#place.isQuiet(),
      dead: [...this.#dead],
    } as const;
    const child = this.#place.spawn(role, {
      // A master runs no user code but the configuration.
      onMessage: (said) => this.#receive(said as MasterToManage, role),
      onExit: (exit) => void this.#bury(owner, { exit, heard: child.heard }),
      output: { onLines: (stream, lines) => this.#tellOutput(child.pid, stream, lines) },
    });
    this.#child = child;
    if (child.exitCode === null) emit({ event: "master.started", queue: this.queue, pid: child.pid, owner });
  }

  setIntake(intake: "quiet" | "continue"): void {
    this.#say({ say: intake });
  }

  /** Asks the master to stop, and to give its running jobs as long as its queue says; `onGone` follows when there is one. */
  stop(): void {
    this.#next = "none";
    this.#say({ say: "stop", withinMs: this.values.stopTimeoutMs });
  }

  /** Ends the master now; its workers end with it. `onGone` follows when there is one. */
  kill(): void {
    this.#next = "none";
    this.#child?.kill("SIGKILL");
  }

  /**
   * Has all workers replaced, and then the values hold. Gives the reason when a worker could not be started. Another mode
   * needs another master: the first stops when its workers showed that the code loads, and its successor begins.
   */
  async reload(values: QueueValues): Promise<ErrorReport | undefined> {
    const child = this.#child;
    if (child === undefined) return undefined;
    const error = await this.#reloadWorkers(child, values);
    if (error !== undefined) return error;
    const isOtherMode = values.mode !== this.values.mode;
    this.values = values;
    // It may have been told meanwhile to stop for good.
    if (!isOtherMode || this.#next === "none") return undefined;
    this.#next = "successor";
    this.#say({ say: "stop", withinMs: values.stopTimeoutMs });
    return await this.started();
  }

  /** Resolves when the workers of the next master are ready; with the reason when one cannot start. */
  started(): Promise<ErrorReport | undefined> {
    return new Promise((resolve) => this.#starts.push(resolve));
  }

  /** The rows of the master and its workers. One that does not answer has one that says so. */
  async status(): Promise<readonly ProcessStatus[]> {
    const child = this.#child;
    if (child === undefined) return [this.#silent(0)];
    const ask = ++this.#ask;
    return await new Promise((resolve) => {
      const cancel = this.#place.clock.after(STATUS_MS, () => {
        this.#asks.delete(ask);
        resolve([this.#silent(child.pid)]);
      });
      this.#asks.set(ask, (processes) => {
        cancel();
        resolve(processes);
      });
      if (!this.#say({ say: "status", ask })) this.#asks.get(ask)?.([this.#silent(0)]);
    });
  }

  async #reloadWorkers(child: Child, values: QueueValues): Promise<ErrorReport | undefined> {
    const ask = ++this.#ask;
    const reloaded = new Promise<ErrorReport | undefined>((resolve) => this.#reloads.set(ask, resolve));
    this.#say({ say: "reload", ask, values });
    const error = await Promise.race([reloaded, child.exited.then(() => masterDied(child))]);
    this.#reloads.delete(ask);
    return error;
  }

  #say(message: ManageToMaster): boolean {
    return this.#child !== undefined && sayTo(this.#child, message);
  }

  #receive(message: MasterToManage, { dead }: Pick<MasterRole, "dead">): void {
    switch (message.say) {
      case "up":
        this.#up = true;
        // Its own name may stand there already: what it says may be heard when it is dead.
        this.#dead = this.#dead.filter((owner) => !dead.includes(owner));
        this.#tellStarted(undefined);
        return this.#hooks.onUp();
      case "broken":
        this.#tellStarted(message.error);
        return this.#hooks.onBroken(message.error);
      case "reloaded":
        this.#reloads.get(message.ask)?.(message.error);
        this.#reloads.delete(message.ask);
        return;
      case "events":
        return void this.#takeEvents(message.told);
      case "status":
        this.#asks.get(message.ask)?.(message.processes);
        this.#asks.delete(message.ask);
    }
  }

  /** Takes what the master tells, and lets it go on when the log has room. */
  async #takeEvents(told: string): Promise<void> {
    await emitTold(told);
    this.#say({ say: "taken" });
  }

  #tellOutput(pid: number, stream: Stream, lines: readonly string[]): void {
    emit({ event: "master.output", queue: this.queue, pid, stream, message: lines.join("\n") });
  }

  #tellStarted(error: ErrorReport | undefined): void {
    for (const resolve of this.#starts.splice(0)) resolve(error);
  }

  /** What the master said last stands in the log before its end: it may be the reason. */
  async #bury(owner: string, { exit, heard }: End): Promise<void> {
    this.#child = undefined;
    this.#dead.push(owner);
    await heard;
    if (this.#next === "none") return this.#hooks.onGone();
    if (this.#next === "successor") return this.start();
    const how = describeExit(exit);
    if (!this.#up) {
      const error = { name: "Error", message: `the master ended ${how} before its queue was up` };
      this.#tellStarted(error);
      return this.#hooks.onBroken(error);
    }
    emit({ event: "master.died", queue: this.queue, how });
    this.#place.clock.after(this.#backoff.afterDeath(this.#place.clock.now() - this.#bornMs), () => this.start());
  }

  /** The row of a master that says nothing; pid 0 when there is none at present. */
  #silent(pid: number): ProcessStatus {
    return {
      role: "master",
      queue: this.queue,
      pid,
      state: "error",
      job: null,
      seconds: null,
      done: 0,
      memory: 0,
      startedAt: this.#startedAt.toISOString(),
    };
  }
}
