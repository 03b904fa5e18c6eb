import { describe, expect, test } from "bun:test";
import { type Room, share } from "../../../src/process/master/share.ts";

/** Workers as `[room, held]`, and how many jobs are worthwhile. */
function rooms(...workers: readonly (readonly [number, number, number?])[]): Room[] {
  return workers.map(([room, held, worthwhile = 1]) => ({ room, held, worthwhile }));
}

describe("jobs are shared among workers", () => {
  test.each([
    ["nothing to share", 0, rooms([5, 0], [5, 0]), [0, 0]],
    ["no worker", 3, [], []],
    ["no room", 3, rooms([0, 1], [0, 1]), [0, 0]],
    ["one each", 3, rooms([5, 0], [5, 0], [5, 0]), [1, 1, 1]],
    ["fewer jobs than workers go to those that hold least", 2, rooms([5, 3], [5, 0], [5, 1]), [0, 1, 1]],
    ["evenly", 6, rooms([5, 0], [5, 0]), [3, 3]],
    ["what one has no room for goes to the others", 6, rooms([1, 0], [9, 0]), [1, 5]],
    ["a worker without room gets none", 2, rooms([0, 0], [5, 9]), [0, 2]],
    ["few short jobs go to one", 5, rooms([9, 1, 4], [9, 0, 4], [9, 2, 4]), [0, 5, 0]],
    [
      "short jobs go evenly to as many as they are worthwhile for",
      9,
      rooms([9, 1, 4], [9, 0, 4], [9, 2, 4]),
      [4, 5, 0],
    ],
    ["short jobs that have no room there go to the others", 8, rooms([9, 1, 9], [2, 0, 9]), [6, 2]],
    ["more than there is room for stays", 10, rooms([2, 0], [1, 0]), [2, 1]],
  ] as const)("%s", (_title, count, workers, expected) => {
    expect(share(count, workers)).toEqual([...expected]);
  });

  test("no worker stays idle while another one is given two", () => {
    const idle: [jobs: number, workers: number, shares: number[]][] = [];
    for (let workers = 1; workers <= 8; workers++) {
      for (let jobs = workers; jobs <= 4 * workers; jobs++) {
        const shares = share(jobs, rooms(...Array.from({ length: workers }, () => [9, 0] as const)));
        if (shares.includes(0)) idle.push([jobs, workers, shares]);
      }
    }
    expect(idle).toEqual([]);
  });

  test("nobody gets more than there is room for, and nothing is lost or made up", () => {
    for (let seed = 1; seed <= 500; seed++) {
      const number = (salt: number): number => (seed * 7_919 + salt * 104_729) % 13;
      const workers = Array.from({ length: 1 + (seed % 7) }, (_, index) => ({
        room: number(index),
        held: number(index + 50),
        worthwhile: 1 + number(index + 90),
      }));
      const total = workers.reduce((sum, { room }) => sum + room, 0);
      const shares = share(seed % 40, workers);
      expect(shares.reduce((sum, given) => sum + given, 0)).toBe(Math.min(seed % 40, total));
      expect(shares.every((given, index) => given >= 0 && given <= (workers[index]?.room ?? 0))).toBe(true);
    }
  });
});
