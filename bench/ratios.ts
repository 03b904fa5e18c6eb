import type { Figure } from "./results.ts";

/**
 * A figure over a peer's, or over the best of several peers'. Round by round, so that what slows the machine for a while slows
 * both sides of a ratio.
 */
export function ratiosOf(mine: Figure, peers: readonly Figure[]): number[] {
  const best = mine.better === "more" ? Math.max : Math.min;
  return mine.values.flatMap((value, round) => {
    const others = peers.map((peer) => peer.values[round]).filter((other) => other !== undefined);
    return others.length === 0 ? [] : [value / best(...others)];
  });
}
