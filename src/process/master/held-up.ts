import type { TakenJob } from "../../driver/driver.ts";
import type { CreditRule } from "../credit.ts";
import { isLong, isSlow } from "../slow.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/**
 * Takes back what waits in workers that begin nothing more, as soon as another has room; and what waits beside a slow run, for
 * workers that are idle. The former count as stuck from now on, and have no room.
 */
export function takeHeldUp(workers: readonly WorkerHandle[], rule: CreditRule, now: number): TakenJob[] {
  for (const worker of workers) noteStandstill(worker, rule, now);
  const isOpen = workers.some((worker) => worker.room(rule) > 0);
  const isIdle = workers.some((worker) => worker.idle(rule) > 0);
  return workers.flatMap((worker) => {
    const isCrowded = isIdle && worker.inHand.size > rule.concurrency;
    return (worker.isStuck && isOpen) || (isCrowded && isSlow(worker.board, now)) ? worker.takeBack() : [];
  });
}

function noteStandstill(worker: WorkerHandle, { concurrency }: CreditRule, now: number): void {
  const why = worker.isStuck ? "none" : standstill(worker, concurrency, now);
  if (why === "none") return;
  worker.isStuck = true;
  // What it was handed may just be on its way: then it answers, and is not stuck.
  if (why === "blocked") worker.send({ say: "report" });
}

/** Why a worker that has slow runs alone begins nothing: no more may go on at once, or more may and it does not come to it. */
function standstill({ inHand, board }: WorkerHandle, concurrency: number, now: number): "none" | "full" | "blocked" {
  let runs = 0;
  let waits = false;
  for (const { slot } of inHand.values()) {
    const state = board.state(slot);
    waits = state === "handed";
    // They are begun in their order, so nothing after it runs.
    if (waits) break;
    if (state !== "running") continue;
    if (!isLong(board.run(slot), now)) return "none";
    runs++;
  }
  if (runs >= concurrency) return "full";
  return waits && runs > 0 ? "blocked" : "none";
}
