/** Room in one worker's hands, and what it holds already. */
export interface Room {
  readonly room: number;
  readonly held: number;
}

/**
 * Shares `count` jobs among workers: first one each to those that hold least, so that none waits behind another while a
 * worker is idle, then evenly as far as there is room. Returns how many each gets, in the order of `rooms`.
 */
export function share(count: number, rooms: readonly Room[]): number[] {
  const given = rooms.map(() => 0);
  const order = rooms.map((_, index) => index).filter((index) => roomOf(rooms, index) > 0);
  order.sort((left, right) => (rooms[left]?.held ?? 0) - (rooms[right]?.held ?? 0));
  let left = count;
  for (let open = order; left > 0 && open.length > 0; open = open.filter((index) => free(rooms, given, index) > 0)) {
    const each = Math.max(1, Math.floor(left / open.length));
    for (const index of open) {
      const more = Math.min(each, left, free(rooms, given, index));
      given[index] = (given[index] ?? 0) + more;
      left -= more;
    }
  }
  return given;
}

function roomOf(rooms: readonly Room[], index: number): number {
  return rooms[index]?.room ?? 0;
}

function free(rooms: readonly Room[], given: readonly number[], index: number): number {
  return roomOf(rooms, index) - (given[index] ?? 0);
}
