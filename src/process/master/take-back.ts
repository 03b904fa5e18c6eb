import type { Held } from "../../driver/driver.ts";
import type { Board } from "../board.ts";

/**
 * Takes back what a worker has taken for itself and not begun, or a part of it; it goes on all the while. A slot that it
 * used for another job between the look at the word and the look at the label has another word by then, and stays as it is.
 */
export function takeBack(board: Board, most: number = Number.POSITIVE_INFINITY): Held[] {
  const back: Held[] = [];
  for (const slot of board.waiting()) {
    if (back.length >= most) break;
    const word = board.word(slot);
    const { id, token } = board.labelled(slot);
    if (board.state(slot) === "handed" && board.revoke(slot, word)) back.push({ id, token });
  }
  return back;
}
