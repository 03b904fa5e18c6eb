import { MpqError } from "../../src/errors.ts";
import type { Carry } from "../model/driver.ts";
import type { Dice } from "./dice.ts";
import type { SimulatedProcess } from "./process.ts";
import type { Timeline } from "./timeline.ts";

/** How long a caller waits for a reply that does not come. */
const PATIENCE_MS = [5, 300] as const;

/** The lines between processes, and from them to the store: never equally fast, and the latter sometimes cut. */
export class Line {
  readonly #dice: Dice;
  readonly #timeline: Timeline;
  /** The share of calls to the store of which the request or the reply is lost. */
  lossRate = 0;
  /** Hosts that do not reach the store. */
  readonly cutOff: Set<number> = new Set();

  constructor(dice: Dice, timeline: Timeline) {
    this.#dice = dice;
    this.#timeline = timeline;
  }

  /** How long something is on its way: most often a moment, now and then long. */
  latency(): number {
    const luck = this.#dice.next();
    if (luck < 0.8) return this.#dice.between(0.02, 0.5);
    return luck < 0.97 ? this.#dice.between(0.5, 3) : this.#dice.between(3, 60);
  }

  /** Carries the calls of one process. What has left it reaches the store also when the process is dead by then. */
  carryFor(process: SimulatedProcess): Carry {
    // A connection keeps the order, both ways.
    let lastRequest = 0;
    let lastReply = 0;
    return (call) =>
      new Promise((resolve, reject) => {
        if (!process.acts()) return;
        const isLost = this.#dice.chance(this.lossRate);
        lastRequest = Math.max(lastRequest, this.#timeline.now + this.latency());
        this.#timeline.after(lastRequest - this.#timeline.now, () => {
          if (this.cutOff.has(process.host) || (isLost && this.#dice.chance(0.5))) return this.#giveUp(process, reject);
          const reply = call();
          if (isLost) this.#giveUp(process, reject);
          else {
            lastReply = Math.max(lastReply, this.#timeline.now + this.latency());
            this.#timeline.after(lastReply - this.#timeline.now, () => process.run(() => resolve(reply)));
          }
        });
      });
  }

  #giveUp(process: SimulatedProcess, reject: (error: unknown) => void): void {
    const error = new MpqError("STORE_UNREACHABLE", "the store does not answer");
    this.#timeline.after(this.#dice.between(...PATIENCE_MS), () => process.run(() => reject(error)));
  }
}
