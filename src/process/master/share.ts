/** Room in one worker's hands, and what it holds already. */
export interface Room {
  readonly room: number;
  readonly held: number;
  /** Fewer at once are not worth a message, while others could have them. */
  readonly worthwhile: number;
}

/**
 * Shares `count` jobs among workers: first one each to those that hold least, so that none waits behind another while a
 * worker is idle, then evenly as far as there is room. Where jobs are so short that this is not worth it, fewer workers get
 * more. Returns how many each gets, in the order of `rooms`.
 */
export function share(count: number, rooms: readonly Room[]): number[] {
  const given = rooms.map(() => 0);
  const order = [...rooms.keys()].filter((index) => free(rooms, given, index) > 0);
  order.sort((left, right) => (rooms[left]?.held ?? 0) - (rooms[right]?.held ?? 0));
  const left = spread(count, order.slice(0, countServed(count, order, rooms)), rooms, given);
  spread(left, order, rooms, given);
  return given;
}

/** Gives jobs to these workers evenly, as far as they have room. Returns how many are left. */
function spread(count: number, workers: readonly number[], rooms: readonly Room[], given: number[]): number {
  let left = count;
  for (let open = workers; left > 0 && open.length > 0; open = open.filter((index) => free(rooms, given, index) > 0)) {
    const each = Math.max(1, Math.floor(left / open.length));
    for (const index of open) {
      const more = Math.min(each, left, free(rooms, given, index));
      given[index] = (given[index] ?? 0) + more;
      left -= more;
    }
  }
  return left;
}

/** How many of the workers, from the first, can be given what is worthwhile: at least one. */
function countServed(count: number, order: readonly number[], rooms: readonly Room[]): number {
  let sum = 0;
  const end = order.findIndex((index) => (sum += rooms[index]?.worthwhile ?? 1) > count);
  return end === -1 ? order.length : Math.max(1, end);
}

function free(rooms: readonly Room[], given: readonly number[], index: number): number {
  return (rooms[index]?.room ?? 0) - (given[index] ?? 0);
}
