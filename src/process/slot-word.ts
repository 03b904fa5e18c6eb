/**
 * A slot's word: its state, and above it a round number that grows with every job that the slot is used for. So a late look at
 * an earlier job never fits the present one.
 */
const NUMBER_OF = { free: 0, handed: 1, running: 2, done: 3, failed: 4, revoked: 5 } as const;
export type SlotState = keyof typeof NUMBER_OF;

const STATES = Object.keys(NUMBER_OF) as readonly SlotState[];
const STATE_BITS = 3;
const STATE_MASK = (1 << STATE_BITS) - 1;

export function stateOf(word: number): SlotState {
  return STATES[word & STATE_MASK] ?? "free";
}

export function isFree(word: number): boolean {
  return (word & STATE_MASK) === NUMBER_OF.free;
}

export function isHanded(word: number): boolean {
  return (word & STATE_MASK) === NUMBER_OF.handed;
}

export function isRunning(word: number): boolean {
  return (word & STATE_MASK) === NUMBER_OF.running;
}

/** The same run, in another state. */
export function inState(word: number, state: SlotState): number {
  return (word & ~STATE_MASK) | NUMBER_OF[state];
}

/** The first word of the next run in the slot. */
export function nextHanded(word: number): number {
  return ((runOf(word) + 1) << STATE_BITS) | NUMBER_OF.handed;
}

/** Tells a run apart from all others of its slot, in whatever state; that of a slot that was never used is 0. */
export function runOf(word: number): number {
  return word >>> STATE_BITS;
}

/** Tells whether two words were read from a slot while it was used for the same job, in whichever states. */
export function sameRun(one: number, other: number): boolean {
  return runOf(one) === runOf(other);
}
