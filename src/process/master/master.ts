import { type Config, type QueueValues, valuesOf } from "../../config/config.ts";
import { queueOf } from "../../config/queue-of.ts";
import type { Driver } from "../../driver/driver.ts";
import { type ErrorReport, reportOf } from "../../errors.ts";
import { emit } from "../../telemetry/events.ts";
import { type Clock, rest } from "../clock.ts";
import { ExchangeLoop } from "../exchange-loop.ts";
import type { ExchangePlace } from "../exchange-place.ts";
import { HEARTBEAT_MS } from "../lease.ts";
import { mostAtOnce } from "../lane.ts";
import { insist } from "../insist.ts";
import { emitSettled } from "../job-events.ts";
import type { ManageToMaster, MasterToManage } from "../protocol.ts";
import { type ChildExit, type MasterRole, describeExit } from "../role.ts";
import { DistributeIntake } from "./distribute.ts";
import { Fleet } from "./fleet.ts";
import { GrabIntake } from "./grab.ts";
import type { Intake } from "./intake.ts";
import { MASTER_LOST, recoverDead } from "../recovery.ts";
import { LostHosts } from "./lost-hosts.ts";
import { Pulse } from "./pulse.ts";
import { Recycler, type RecyclerPlace } from "./recycler.ts";
import { settingsFor } from "./settings.ts";
import { masterStatus } from "./status.ts";
import { Watch } from "./watch.ts";
import type { WorkerHandle, WorkerPlace } from "./worker-handle.ts";

/** What is finished gets so long to reach the store when the service stops; then it is left to the lease. */
const FLUSH_MS = 5_000;

/** What a master reaches outside of its process. */
export interface MasterParts extends WorkerPlace, RecyclerPlace {
  readonly store: Driver;
  readonly tell: (message: MasterToManage) => void;
}

/**
 * The master of one queue. It owns the queue's lease and its workers: it takes jobs for them (or lets them take for
 * themselves), holds every run to its deadline, and settles what a worker that dies leaves behind. It never runs user
 * code but the configuration.
 */
export class Master {
  /** Resolves when it was told to stop, and everything of it has come to its end. */
  readonly ended: Promise<void>;
  readonly #ended = Promise.withResolvers<void>();
  readonly #role: MasterRole;
  #queue: QueueValues;
  readonly #parts: MasterParts;
  readonly #clock: Clock;
  readonly #fleet: Fleet;
  readonly #loop: ExchangeLoop;
  readonly #intake: Intake;
  readonly #watch: Watch;
  readonly #recycler: Recycler;
  readonly #pulse: Pulse;
  /** Ends of workers that are still being settled. */
  readonly #burials = new Set<Promise<unknown>>();
  readonly #lostHosts: LostHosts;
  #up = false;
  #stopping = false;

  constructor(role: MasterRole, config: Config, parts: MasterParts) {
    this.ended = this.#ended.promise;
    this.#role = role;
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#queue = valuesOf(queueOf(config, role.queue));
    this.#intake = this.#makeIntake();
    this.#loop = this.#makeLoop(config);
    this.#fleet = this.#makeFleet();
    this.#watch = new Watch(this.#fleet, this.#intake, this.#clock);
    this.#lostHosts = new LostHosts({ ...parts, ...role, onFault: (error) => this.#onStoreLost(error) });
    this.#recycler = new Recycler(() => this.#queue, this.#fleet, this.#intake, parts);
    this.#pulse = new Pulse(this.#fleet, this.#intake, { ...parts, ...role, stir: () => this.#stir() });
    // First of all: what it was told before it starts may be to continue.
    if (role.quiet) this.#intake.quiet();
  }

  async start(): Promise<void> {
    await this.#register(this.#queue);
    const estate = { ...this.#parts, dead: this.#role.dead, end: MASTER_LOST };
    await this.#insist(() => recoverDead(this.#parts.store, this.#queue.name, estate));
    this.#fleet.start();
    this.#loop.start();
    this.#lostHosts.start();
    this.#recycler.start();
    this.#pulse.start();
  }

  receive(message: Exclude<ManageToMaster, { say: "taken" }>): void {
    switch (message.say) {
      case "quiet":
        return this.#intake.quiet();
      case "continue":
        return this.#intake.continue();
      case "stop":
        return void this.#stop(message.withinMs);
      case "reload":
        return void this.#reload(message.ask, message.values);
      case "status":
        return this.#parts.tell({
          say: "status",
          ask: message.ask,
          processes: masterStatus(this.#queue.name, this.#fleet, { now: this.#clock.now(), stopping: this.#stopping }),
        });
    }
  }

  #makeIntake(): Intake {
    const fleet = (): Fleet => this.#fleet;
    if (this.#queue.mode === "distribute") {
      return new DistributeIntake(() => this.#queue, { ...this.#parts, fleet, loop: () => this.#loop });
    }
    const { queue, owner } = this.#role;
    const onFault = (error: unknown): void => this.#onStoreLost(error);
    return new GrabIntake({ ...this.#parts, queue, owner, fleet, onFault });
  }

  #makeLoop(config: Config): ExchangeLoop {
    const place: ExchangePlace = {
      ...this.#parts,
      kind: this.#queue.mode === "grab" ? "sweeper" : "distributor",
      queue: this.#queue.name,
      taker: { owner: this.#role.owner },
      most: mostAtOnce(config.queues.size),
      sweepMs: () => this.#queue.pollIntervalMs,
      restMs: HEARTBEAT_MS,
    };
    return new ExchangeLoop(place, {
      wanted: () => this.#intake.wanted(),
      idle: () => this.#intake.idle(),
      onTaken: (jobs) => {
        this.#intake.onTaken(jobs);
        this.#stir();
      },
      onDry: () => this.#intake.onDry(),
      onSettled: (settled, lost) => {
        emitSettled(this.#queue.name, settled, lost);
        this.#intake.onSettled(settled, lost);
        // A call that only renews the lease is nothing that happens.
        if (settled.length > 0) this.#stir();
      },
      onStoreLost: (error) => this.#onStoreLost(error),
      onStoreBack: () => emit({ event: "store.back", queue: this.#queue.name }),
    });
  }

  #makeFleet(): Fleet {
    const { config, owner } = this.#role;
    const { name: queue, mode } = this.#queue;
    const role = { role: "worker" as const, config, queue, mode, owner };
    return new Fleet(
      { ...this.#parts, size: this.#queue.workers, stopTimeoutMs: () => this.#queue.stopTimeoutMs, role },
      {
        onReady: (worker) => this.#onReady(worker),
        onProgress: (worker, failures) => {
          this.#intake.onProgress(worker, failures);
          this.#stir();
        },
        onLeaving: (worker) => this.#intake.onLeaving(worker),
        onLost: (worker, exit) => this.#onLost(worker, exit),
        onBroken: (error) => this.#onBroken(error),
      },
    );
  }

  /** Something happens: boards and memory are looked at from now on. */
  #stir(): void {
    this.#watch.soon();
    this.#recycler.soon();
  }

  #onReady(worker: WorkerHandle): void {
    this.#intake.onReady(worker);
    this.#stir();
    if (this.#up || !this.#fleet.allReady) return;
    this.#up = true;
    emit({ event: "queue.up", queue: this.#queue.name, workers: this.#queue.workers, mode: this.#queue.mode });
    this.#parts.tell({ say: "up" });
  }

  #onBroken(error: ErrorReport): void {
    if (this.#up) emit({ event: "worker.broken", queue: this.#queue.name, error });
    else this.#parts.tell({ say: "broken", error });
  }

  #onLost(worker: WorkerHandle, exit: ChildExit): void {
    if (!this.#stopping && worker.state !== "leaving") {
      emit({ event: "worker.died", queue: this.#queue.name, pid: worker.pid, how: describeExit(exit) });
    }
    const burial = Promise.all([this.#bury(worker, exit), worker.heard]);
    this.#burials.add(burial);
    void burial.finally(() => this.#burials.delete(burial));
    this.#watch.forget(worker);
    this.#stir();
  }

  /** Settles what a dead worker leaves behind. Its board stays until the store knows all that it tells. */
  async #bury(worker: WorkerHandle, exit: ChildExit): Promise<void> {
    await this.#intake.onLost(worker, exit);
    await this.#loop.flushed();
    worker.board.remove();
  }

  async #stop(withinMs: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#lostHosts.stop();
    this.#recycler.stop();
    this.#pulse.stop();
    this.#intake.quiet();
    const cancel = this.#clock.after(withinMs, () => this.#fleet.endLate());
    await this.#fleet.stop();
    cancel();
    await Promise.race([this.#settleAll(), rest(this.#clock, FLUSH_MS)]);
    await this.#parts.store.close();
    this.#ended.resolve();
  }

  async #settleAll(): Promise<void> {
    await Promise.all(this.#burials);
    await this.#loop.flushed();
    await this.#loop.stop();
    const taker = { owner: this.#role.owner };
    await this.#insist(() => this.#parts.store.recover(this.#queue.name, taker, { as: "untouched" }));
  }

  /** The new values hold when all code is new; its mode stays what it is, which another master changes. */
  async #reload(ask: number, values: QueueValues): Promise<void> {
    let error = await this.#fleet.renewAll();
    if (error === undefined) {
      await this.#register({ ...values, mode: this.#queue.mode });
      error = await this.#fleet.resize(values.workers);
    }
    this.#parts.tell({ say: "reloaded", ask, error });
  }

  async #register(queue: QueueValues): Promise<void> {
    await this.#insist(() => this.#parts.store.register(queue.name, settingsFor(queue)));
    this.#queue = queue;
  }

  async #insist<Result>(call: () => Promise<Result>): Promise<Result> {
    return await insist(this.#clock, call, (error) => this.#onStoreLost(error));
  }

  #onStoreLost(error: unknown): void {
    emit({ event: "store.lost", queue: this.#role.queue, error: reportOf(error) });
  }
}
