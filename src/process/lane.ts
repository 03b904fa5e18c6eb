import type { Settlement, Taker } from "../driver/driver.ts";

/** Few enough that each lane has a share, so that store, master and workers all have work at the same time. */
const MOST_ALONE = 500;
/** A call for 500 keeps the store for 2 ms and more, and others wait for it. With 250 each job costs some 7 % more. */
const MOST_BESIDE_OTHERS = 250;

/** Most jobs that one call takes, in a service with so many queues: enough that a call costs little for each. */
export function mostAtOnce(queues: number): number {
  return queues > 1 ? MOST_BESIDE_OTHERS : MOST_ALONE;
}

/** One taker, with the call that it has under way and what goes with its next. */
export class Lane {
  readonly taker: Taker;
  readonly settlements: Settlement[] = [];
  call: Promise<void> | undefined;
  /** Jobs that the call under way asks for. */
  asked = 0;
  /** Jobs that the store may still hand to the taker. */
  offer = 0;

  /** Nothing was heard of its last call: it may hold jobs that only its next one tells of. */
  isDoubtful = false;

  constructor(taker: Taker) {
    this.taker = taker;
  }

  get isIdle(): boolean {
    return this.settlements.length === 0 && this.call === undefined;
  }

  callEnded(how: "heard" | "unheard"): void {
    this.call = undefined;
    this.asked = 0;
    this.isDoubtful = how === "unheard";
  }
}

/** The name of the taker that a distributor's second lane is; workers have numbers. */
export const SECOND_LANE = "second";
