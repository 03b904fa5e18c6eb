import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Board } from "./board.ts";

/** What the names of board files begin with. */
export const FILE_PREFIX = "board-";

/** The name of the file that a worker's board is kept in. */
export function boardFile(owner: string, worker: string): string {
  return `${FILE_PREFIX}${owner}-${worker}`;
}

/** Where the boards of a service are kept: as long as the host runs, whichever process of the service dies. */
export interface Boards {
  /** Makes an empty board for a worker of the owner. */
  create(owner: string, worker: string): Board;
  /** The boards of an owner's workers that were not removed. */
  ofOwner(owner: string): Iterable<LeftBoard>;
}

export interface LeftBoard {
  readonly worker: string;
  readonly board: Board;
}

/** Keeps boards as files of one folder. */
export function boardsIn(folder: string): Boards {
  return {
    create: (owner, worker) => Board.create(join(folder, boardFile(owner, worker))),
    *ofOwner(owner) {
      const prefix = boardFile(owner, "");
      for (const entry of readdirSync(folder)) {
        if (!entry.startsWith(prefix)) continue;
        yield { worker: entry.slice(prefix.length), board: Board.open(join(folder, entry)) };
      }
    },
  };
}
