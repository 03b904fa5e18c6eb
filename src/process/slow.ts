import type { Board, Running } from "./board.ts";

/** A run that goes on for so long already is slow: what waits behind it goes to others. */
const SLOW_MS = 10;

/** Tells whether a run on this board has gone on for long at the moment `now`. */
export function isSlow(board: Board, now: number): boolean {
  return board.running().some((slot) => isLong(board.run(slot), now));
}

/** Tells whether this run has gone on for long at the moment `now`. */
export function isLong({ startedAt }: Pick<Running, "startedAt">, now: number): boolean {
  return now - startedAt > SLOW_MS;
}
