import type { Clock } from "../../src/process/clock.ts";
import type { Child, ChildExit, ChildHooks, Role } from "../../src/process/role.ts";
import type { World } from "./world.ts";

/** Why a process came to its end: what a run in it may be blamed for. */
export type Fate =
  /** Something from outside ended it. */
  | "fault"
  /** It exited in the midst of its work. */
  | "itself"
  /** It exited because its work was over. */
  | "done"
  /** Its parent ended it. */
  | "parent"
  /** Its parent was gone. */
  | "orphaned";

/** Boot and death of a real process take about so long. */
const BOOT_MS = [4, 20] as const;
const KILL_MS = [0, 1] as const;
const NOTICE_MS = [0.05, 4] as const;
/** What a process printed last is read so long after its end. */
const HEARD_MS = [0, 10] as const;
/** The kernel ends children with their parent, before anybody can have noticed. */
const ORPHAN_MS = [0, 0.02] as const;

/**
 * A process as the rest of the simulation sees it. What runs in it is the real code; what that does to the world outside
 * asks {@link acts} first, and so may be the last thing that the process ever tried.
 */
export class SimulatedProcess {
  readonly pid: number;
  readonly role: Role["role"] | "manage";
  readonly world: World;
  readonly clock: Clock;
  readonly host: number;
  isAlive = true;
  fate: Fate | undefined;
  readonly #unread: unknown[] = [];
  #receive: ((message: unknown) => void) | undefined;
  /** What its parent hears. */
  toParent: Pipe | undefined;
  readonly #children = new Set<SimulatedProcess>();
  readonly #lastWill: ((exit: ChildExit) => void)[] = [];
  readonly #postponed: (() => void)[] = [];
  /** What it takes jobs as: that of its master, for a worker. */
  owner = "";
  /** Lets user code throw where nobody awaits it. */
  stray: (() => void) | undefined;
  #isStopped = false;
  #isBlocked = false;

  constructor(world: World, host: number, role: Role["role"] | "manage") {
    this.world = world;
    this.host = host;
    this.pid = world.newPid();
    this.role = role;
    const { timeline } = world;
    this.clock = {
      now: () => timeline.now,
      wallNow: () => world.wallNow(),
      after: (ms, callback) => timeline.after(ms, () => this.run(callback)),
      turned: (callback) => void timeline.after(0, () => this.run(callback)),
    };
    world.processes.add(this);
  }

  get title(): string {
    return `${this.role} ${this.pid}`;
  }

  /** Says who takes what the parent says; what it said before is kept until then. */
  listen(receive: (message: unknown) => void): void {
    this.#receive = receive;
    for (const message of this.#unread.splice(0)) receive(message);
  }

  /** The parent says something. */
  hear(message: unknown): void {
    if (this.#receive === undefined) this.#unread.push(message);
    else this.#receive(message);
  }

  /** Lets the process do something: now, when it goes on, or never. */
  run(work: () => void): void {
    if (!this.isAlive) return;
    if (this.#isStopped || this.#isBlocked) this.#postponed.push(work);
    else this.#try(work);
  }

  /** What is thrown where nobody catches it ends the process, and is a fault of its code. */
  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.world.ledger.threw(this.title, error);
      this.die({ code: 1 }, "itself");
    }
  }

  /** Whether the process lives to touch the world now. It may die of the attempt. */
  acts(): boolean {
    if (this.isAlive && this.world.isLastAct()) this.die({ signal: "SIGKILL" }, "fault");
    return this.isAlive;
  }

  /** Its code goes on for ever without a pause. */
  block(): void {
    this.#isBlocked = true;
  }

  /** As SIGSTOP does. */
  stop(): void {
    this.#isStopped = true;
  }

  /** As SIGCONT does. */
  continue(): void {
    this.#isStopped = false;
    for (const work of this.#postponed.splice(0)) this.run(work);
  }

  atDeath(will: (exit: ChildExit) => void): void {
    this.#lastWill.push(will);
  }

  die(exit: ChildExit, fate: Fate): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.fate = fate;
    this.world.trace(this, () => `dies (${fate})`);
    this.world.processes.delete(this);
    this.world.ledger.died(this);
    const { sabotage } = this.world.options;
    const orphans = sabotage === "children outlive their parents" ? [] : this.#children;
    for (const child of orphans) this.#soon(ORPHAN_MS, () => child.die({ signal: "SIGKILL" }, "orphaned"));
    for (const will of this.#lastWill) will(exit);
  }

  /** Starts a child, as `spawnRole` does. */
  spawn(role: Role, hooks: ChildHooks): Child {
    const child = new SimulatedProcess(this.world, this.host, role.role);
    const handle = new ChildHandle(this, child);
    if (!this.acts()) {
      child.die({ signal: "SIGKILL" }, "orphaned");
      return handle;
    }
    this.#children.add(child);
    child.toParent = new Pipe(child, (message) => this.run(() => hooks.onMessage(message)));
    child.atDeath((exit) => {
      this.#children.delete(child);
      this.#soon(NOTICE_MS, () => handle.close());
      this.#soon(NOTICE_MS, () =>
        this.run(() => {
          handle.end(exit);
          hooks.onExit(exit);
        }),
      );
    });
    this.#soon(BOOT_MS, () => child.run(() => this.world.boot(child, role)));
    return handle;
  }

  #soon([least, most]: readonly [number, number], work: () => void): void {
    this.world.timeline.after(this.world.dice.between(least, most), work);
  }

  /** Ends the process by its own will. */
  exit(code: number): void {
    if (this.acts()) this.die({ code }, code === 0 ? "done" : "itself");
  }

  /** Ends it once what it said is on its way. */
  leave(code: number): void {
    this.#soon(KILL_MS, () =>
      this.run(() => {
        this.toParent?.flush();
        this.exit(code);
      }),
    );
  }
}

/** A child as its parent's code holds it. */
class ChildHandle implements Child {
  readonly pid: number;
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  readonly exited: Promise<number>;
  readonly heard: Promise<void>;
  readonly #heard = Promise.withResolvers<void>();
  readonly #exited = Promise.withResolvers<number>();
  readonly #parent: SimulatedProcess;
  readonly #child: SimulatedProcess;
  readonly #pipe: Pipe;
  #isClosed = false;

  constructor(parent: SimulatedProcess, child: SimulatedProcess) {
    this.pid = child.pid;
    this.exited = this.#exited.promise;
    this.heard = this.#heard.promise;
    this.#parent = parent;
    this.#child = child;
    this.#pipe = new Pipe(parent, (message) => child.run(() => child.hear(message)));
  }

  /** As Bun's: throws once it has seen that the other side is gone, which may be before it knows of the exit. */
  send(message: unknown): void {
    if (this.#isClosed) throw Object.assign(new Error("the channel is closed"), { code: "ERR_IPC_CHANNEL_CLOSED" });
    this.#pipe.send(message);
  }

  close(): void {
    this.#isClosed = true;
  }

  kill(): void {
    if (!this.#parent.acts()) return;
    const { timeline, dice } = this.#parent.world;
    timeline.after(dice.between(...KILL_MS), () => this.#child.die({ signal: "SIGKILL" }, "parent"));
  }

  end(exit: ChildExit): void {
    this.#isClosed = true;
    if ("code" in exit) this.exitCode = exit.code;
    else this.signalCode = "SIGKILL";
    this.#exited.resolve(this.exitCode ?? 1);
    const { timeline, dice } = this.#parent.world;
    timeline.after(dice.between(...HEARD_MS), () => this.#parent.run(() => this.#heard.resolve()));
  }
}

/** One way of a channel between two processes: keeps the order, and loses its tail when the sender dies. */
export class Pipe {
  readonly #from: SimulatedProcess;
  readonly #deliver: (message: unknown) => void;
  #onTheirWay: (() => void)[] = [];
  #last = 0;

  constructor(from: SimulatedProcess, deliver: (message: unknown) => void) {
    this.#from = from;
    this.#deliver = deliver;
    from.atDeath(() => this.#break());
  }

  send(message: unknown): void {
    if (!this.#from.acts()) return;
    const { timeline, line } = this.#from.world;
    this.#last = Math.max(this.#last, timeline.now + line.latency());
    const cancel = timeline.after(this.#last - timeline.now, () => {
      this.#onTheirWay.shift();
      this.#deliver(message);
    });
    this.#onTheirWay.push(cancel);
  }

  /** What was sent until now arrives, whatever happens. */
  flush(): void {
    this.#onTheirWay = [];
  }

  #break(): void {
    const kept = this.#from.world.dice.whole(0, this.#onTheirWay.length);
    for (const cancel of this.#onTheirWay.splice(kept)) cancel();
  }
}
