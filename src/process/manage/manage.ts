import { rmSync } from "node:fs";
import { type Config, valuesOf } from "../../config/config.ts";
import type { Driver } from "../../driver/driver.ts";
import { openDriver } from "../../driver/open.ts";
import { type ErrorReport, MpqError, reportOf } from "../../errors.ts";
import { emit } from "../../telemetry/events.ts";
import { boardsIn } from "../boards.ts";
import { hostClock } from "../clock.ts";
import type { ControlReply, ControlRequest } from "../control.ts";
import { spawnRole } from "../role.ts";
import { giveBackStart } from "../start-pages.ts";
import { type ServiceFolder, incarnationsOf, prepareFolder, serviceFolder, sweepBoards } from "../service-folder.ts";
import { type Claimed, claimService, keepClaim } from "./claim.ts";
import { serveControl } from "./control-server.ts";
import { Masters, type ServiceRun, giveBack, ownersOf } from "./masters.ts";
import { claimPidFile, dropPidFile } from "./pid-file.ts";
import { Reloading } from "./reloading.ts";
import { manageStatus } from "./status.ts";
import { type Intent, onIntent } from "./signals.ts";
import type { Systemd } from "./systemd.ts";

/** After the longest `stopTimeout`, masters get so long to settle what is finished; then they are killed. */
const SETTLE_MS = 10_000;

/** Who runs the service in a terminal may pass a signal on that it got from there itself: both within this time are one. */
const ECHO_MS = 200;

/** What the service is to take care of beside its jobs. */
export interface Surroundings {
  /** Told from the beginning to the end how the service is. */
  readonly systemd: Systemd | undefined;
  /** Called when a signal asks for it. */
  readonly reopenLog: () => void;
}

interface Setting extends Surroundings {
  readonly config: Config;
  readonly folder: ServiceFolder;
}

/**
 * The manage process: it holds the service's name, keeps a master alive for every queue, and answers commands and
 * signals. It runs no user code but the configuration, and never touches a job while a master lives.
 */
export class Manage {
  readonly #config: Config;
  readonly #folder: ServiceFolder;
  readonly #reopenLog: () => void;
  readonly #store: Driver;
  readonly #claimed: Claimed;
  readonly #run: ServiceRun;
  readonly #masters: Masters;
  readonly #started = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<void>();
  #closeControl: (() => void) | undefined;
  #endClaim: (() => void) | undefined;
  readonly #reloading: Reloading;
  #isUp = false;
  #stopping = false;
  /** When a signal asked for a stop. */
  #toldToStopAt = Number.NEGATIVE_INFINITY;
  #killed = false;

  private constructor({ config, folder, reopenLog }: Setting, store: Driver, claimed: Claimed) {
    this.#config = config;
    this.#folder = folder;
    this.#reopenLog = reopenLog;
    this.#store = store;
    this.#claimed = claimed;
    const { holder, predecessor } = claimed;
    const dead = new Set(incarnationsOf(folder));
    if (predecessor !== undefined) dead.add(predecessor.incarnation);
    this.#run = { incarnation: holder.incarnation, predecessors: [...dead] };
    const place = { clock: hostClock, spawn: spawnRole, config: config.file };
    this.#masters = new Masters([...config.queues.values()].map(valuesOf), this.#run, place, {
      onUp: () => this.#started.resolve(),
      onBroken: (queue, error) => this.#onBroken(queue, error),
      onGone: () => this.#gone.resolve(),
    });
    this.#reloading = new Reloading(config, this.#masters);
  }

  /**
   * Starts the service, and resolves when every queue is up. Rejects, with nothing left running, with `SERVICE_RUNNING`,
   * `STORE_UNREACHABLE`, `STORE_REFUSED` or `START_FAILED`.
   */
  static async start(config: Config, surroundings: Surroundings): Promise<Manage> {
    const folder = serviceFolder(config);
    prepareFolder(folder);
    claimPidFile(folder.pidFile, config.name);
    try {
      rmSync(folder.socket, { force: true });
      const store = await openDriver(config.driver);
      return await Manage.#startOn(store, { ...surroundings, config, folder });
    } catch (error) {
      dropPidFile(folder.pidFile);
      throw error;
    }
  }

  static async #startOn(store: Driver, setting: Setting): Promise<Manage> {
    try {
      const manage = new Manage(setting, store, await claimService(store, setting.config.name));
      setting.systemd?.follow(() => manage.#masters.status());
      await manage.#start();
      return manage;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Resolves when the service has stopped and everything of it is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Stops the service: what runs may finish within its queue's `stopTimeout`. A second call kills it. */
  stop(): void {
    if (this.#stopping) return this.kill();
    this.#stopping = true;
    emit({ event: "service.stopping", name: this.#config.name, force: false });
    const longestMs = Math.max(0, ...this.#masters.queues.map((queue) => queue.stopTimeoutMs));
    const timer = setTimeout(() => this.kill(), longestMs + SETTLE_MS);
    this.#masters.stop();
    void this.#end(timer);
  }

  /** Ends every process of the service now. Its jobs go back to their queues at once. */
  kill(): void {
    if (this.#killed) return;
    this.#killed = true;
    emit({ event: "service.stopping", name: this.#config.name, force: true });
    this.#killMasters();
  }

  #killMasters(): void {
    this.#masters.kill();
    if (!this.#stopping) void this.#end(undefined);
    this.#stopping = true;
  }

  async #start(): Promise<void> {
    const { name } = this.#config;
    const { predecessor } = this.#claimed;
    if (predecessor !== undefined)
      emit({ event: "service.reclaimed", name, pid: predecessor.pid, host: predecessor.host });
    this.#endClaim = keepClaim(this.#store, name, this.#claimed, () => this.stop());
    this.#closeControl = serveControl(this.#folder.socket, (request) => this.#answer(request));
    onIntent((intent) => this.#follow(intent));
    this.#masters.start();
    try {
      await this.#started.promise;
    } catch (error) {
      this.#killMasters();
      await this.ended;
      throw error;
    }
    this.#isUp = true;
    giveBackStart();
    sweepBoards(this.#folder, ownersOf(this.#claimed.holder.incarnation));
    emit({ event: "service.started", name, store: this.#store.label, queues: this.#config.queues.size });
  }

  #follow(intent: Intent): void {
    if (intent === "stop") this.#stopOnSignal();
    else if (intent === "reload") void this.#reloading.reload();
    else if (intent === "reopen") this.#reopenLog();
    else this.#masters.setIntake(intent);
  }

  #stopOnSignal(): void {
    const now = hostClock.now();
    if (now - this.#toldToStopAt < ECHO_MS) return;
    this.#toldToStopAt = now;
    this.stop();
  }

  /** Before the service was up, a queue that cannot come up ends it; later it is tried again, and the reason told. */
  #onBroken(queue: string, error: ErrorReport): void {
    if (this.#isUp) emit({ event: "worker.broken", queue, error });
    else this.#started.reject(startFailed(queue, error));
  }

  async #end(timer: ReturnType<typeof setTimeout> | undefined): Promise<void> {
    await this.#gone.promise;
    clearTimeout(timer);
    this.#endClaim?.();
    // What could not be told to the store is on the boards, for the next run of the service.
    if (await this.#giveUp()) sweepBoards(this.#folder);
    this.#closeControl?.();
    dropPidFile(this.#folder.pidFile);
    rmSync(this.#folder.socket, { force: true });
    emit({ event: "service.stopped", name: this.#config.name });
    this.#started.reject(new MpqError("INTERRUPTED", "the service was stopped before it was up"));
    this.#ended.resolve();
  }

  /** Gives back what masters left that were killed, and the name with it. False when the store is out of reach. */
  async #giveUp(): Promise<boolean> {
    const place = { boards: boardsIn(this.#folder.path), clock: hostClock };
    try {
      await giveBack(this.#store, this.#masters.queues, this.#run, place);
      await this.#store.releaseService(this.#config.name, this.#run.incarnation);
      return true;
    } catch (error) {
      emit({ event: "store.lost", queue: "*", error: reportOf(error) });
      return false;
    } finally {
      await this.#store.close();
    }
  }

  async #answer(request: ControlRequest): Promise<ControlReply> {
    switch (request.ask) {
      case "status":
        return manageStatus(this.#config.name, this.#stopping, await this.#masters.status());
      case "up":
        await this.#started.promise;
        return { pid: process.pid };
      case "reload":
        return await this.#reloading.reload();
      case "stop":
        if (!this.#stopping) this.stop();
        return { ok: true };
      case "kill":
        this.kill();
        return { ok: true };
    }
  }
}

function startFailed(queue: string, error: ErrorReport): MpqError {
  return new MpqError(
    "START_FAILED",
    `queue ${JSON.stringify(queue)} cannot start: ${error.stack ?? `${error.name}: ${error.message}`}`,
  );
}
