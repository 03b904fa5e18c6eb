/** Reads the list of takers that `lua/takers.lua` gives: owners and their workers, each with its lease. */
import type { Lease, Taker } from "../driver.ts";
import { nameOf } from "./exchange.ts";

/** A taker's name in the store, and in how many milliseconds its lease ends. */
export type ListedTaker = readonly [name: string, endsInMs: number];

export function takersIn(flat: readonly (string | number)[]): readonly ListedTaker[] {
  return flat.flatMap((name, at) => (at % 2 === 0 ? [[String(name), Number(flat[at + 1])] as const] : []));
}

/** The leases of owners. One whose own lease is gone while a worker of its holds something is listed by that. */
export function leasesOf(takers: readonly ListedTaker[]): readonly Lease[] {
  const leases = new Map<string, number>();
  for (const [taker, endsInMs] of takers) {
    const owner = taker.split(" ", 1)[0] ?? taker;
    if (taker === owner || !leases.has(owner)) leases.set(owner, endsInMs);
  }
  return Array.from(leases, ([owner, endsInMs]) => ({ owner, endsInMs }));
}

/** Whose jobs are to be taken: those of one worker, or those of the owner and all of its workers. */
export function takersOf(taker: Taker, takers: readonly ListedTaker[]): readonly string[] {
  const names = takers.map(([name]) => name);
  if (taker.worker !== undefined) return names.filter((name) => name === nameOf(taker));
  return [taker.owner, ...names.filter((name) => name.startsWith(`${taker.owner} `))];
}
