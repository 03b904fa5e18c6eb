import { drainMicrotasks } from "bun:jsc";

interface Moment {
  readonly at: number;
  readonly number: number;
  work: (() => void) | undefined;
}

/** Time as the schedule has it: it stands still while something happens, and then leaps to what is next. */
export class Timeline {
  /** Milliseconds. */
  now = 0;
  #made = 0;
  /** A heap: no moment is before its parent. */
  readonly #heap: Moment[] = [];

  /** Does something so much later. Returns what takes that back. */
  after(ms: number, work: () => void): () => void {
    const moment: Moment = { at: this.now + Math.max(0, ms), number: ++this.#made, work };
    this.#insert(moment);
    return () => {
      moment.work = undefined;
    };
  }

  /** Goes to the next moment, and sees what happens then through to its end. False when nothing will happen any more. */
  step(): boolean {
    for (let moment = this.#first(); moment !== undefined; moment = this.#first()) {
      if (moment.work === undefined) continue;
      this.now = moment.at;
      moment.work();
      drainMicrotasks();
      return true;
    }
    return false;
  }

  #insert(moment: Moment): void {
    const heap = this.#heap;
    let at = heap.push(moment) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(moment, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = moment;
  }

  #first(): Moment | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || first === last) return first;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      const right = heap[below + 1];
      if (left !== undefined && right !== undefined && isBefore(right, left)) below++;
      const child = heap[below];
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: Moment, other: Moment): boolean {
  return one.at < other.at || (one.at === other.at && one.number < other.number);
}
