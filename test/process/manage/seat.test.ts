import { expect, test } from "bun:test";
import { defaultQueue, valuesOf } from "../../../src/config/config.ts";
import { hostClock } from "../../../src/process/clock.ts";
import { Seat } from "../../../src/process/manage/seat.ts";
import type { ManageToMaster, MasterToManage } from "../../../src/process/protocol.ts";
import type { ChildHooks, Role, Spawn } from "../../../src/process/role.ts";

/** Stands in for master processes: they say what a test wants them to say. */
class Masters {
  readonly heard: ManageToMaster[][] = [];
  readonly roles: Role[] = [];
  readonly #hooks: ChildHooks[] = [];

  readonly spawn: Spawn = (role, hooks) => {
    this.roles.push(role);
    const heard: ManageToMaster[] = [];
    this.heard.push(heard);
    this.#hooks.push(hooks);
    const ended = { exited: new Promise<number>(() => undefined), heard: Promise.resolve(), exitCode: null };
    const send = (message: ManageToMaster): void => void heard.push(message);
    return { pid: 1, ...ended, signalCode: null, send, kill: () => undefined };
  };

  /** The one that was started last says this. */
  say(message: MasterToManage): void {
    this.#hooks.at(-1)?.onMessage(message);
  }

  end(): void {
    this.#hooks.at(-1)?.onExit({ code: 0 });
  }
}

test("a stop that comes while the mode of a queue is changed lets no other master begin", async () => {
  const masters = new Masters();
  const { promise: gone, resolve: onGone } = Promise.withResolvers<void>();
  const hooks = { onUp: () => undefined, onBroken: () => undefined, onGone };
  const place = { clock: hostClock, spawn: masters.spawn, config: undefined };
  const values = valuesOf(defaultQueue("q"));
  const seat = new Seat(values, [], { ...place, newOwner: () => "o.", isQuiet: () => false }, hooks);
  seat.start();
  masters.say({ say: "up" });

  const reloaded = seat.reload({ ...values, mode: "grab" });
  seat.stop();
  masters.say({ say: "reloaded", ask: 1, error: undefined });
  expect(await reloaded).toBeUndefined();
  masters.end();
  await gone;
  expect(masters.heard.map((heard) => heard.map(({ say }) => say))).toEqual([["reload", "stop"]]);
});

test("a master that dies as it comes up is recovered by the next, also when its last word is heard after its end", async () => {
  const masters = new Masters();
  const { promise: restarts, resolve } = Promise.withResolvers<() => void>();
  const clock = { ...hostClock, after: (_ms: number, run: () => void) => (resolve(run), () => undefined) };
  const hooks = { onUp: () => undefined, onBroken: () => undefined, onGone: () => undefined };
  let owners = 0;
  const place = { clock, spawn: masters.spawn, config: undefined, isQuiet: () => false };
  const newOwner = (): string => `o${++owners}.`;
  const seat = new Seat(valuesOf(defaultQueue("q")), ["before."], { ...place, newOwner }, hooks);
  seat.start();
  masters.end();
  masters.say({ say: "up" });
  (await restarts)();
  expect(masters.roles.map((role) => "dead" in role && role.dead)).toEqual([["before."], ["o1."]]);
});
