import type { Evidence, Pair } from "./audit.ts";
import type { Run } from "./ledger.ts";

/** When processes died: those that were killed, and those that said that they end themselves. */
export class Deaths {
  readonly #byPid: ReadonlyMap<number, readonly { readonly at: number }[]>;
  readonly #starts: readonly number[];

  constructor({ deaths, lines, starts }: Pick<Evidence, "deaths" | "lines" | "starts">) {
    const own = lines.filter((line) => line.step === "dies").map(({ pid, at }) => ({ pid, at }));
    this.#byPid = Map.groupBy([...deaths, ...own], (death) => death.pid);
    this.#starts = starts;
  }

  /** When the run's process died, as far as that is known. */
  of({ pid, born }: Run): number | undefined {
    const times = (this.#byPid.get(pid) ?? []).map((death) => death.at).filter((at) => at >= born);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** When the run was over, as far as that is known. */
  endOf(run: Run): number | undefined {
    return isCutShort(run) ? this.of(run) : run.end?.at;
  }

  /** How long a job waited for its next run after the death of a run's process; only while a service was there. */
  recovery({ first, second }: Pair): number | undefined {
    const diedAt = isCutShort(first) ? this.of(first) : undefined;
    if (diedAt === undefined) return undefined;
    const wasThere = Math.max(0, ...this.#starts.filter((start) => start < second.startedAt));
    return Math.max(0, second.startedAt - Math.max(diedAt, wasThere));
  }
}

function isCutShort(run: Run): boolean {
  return run.end === undefined || run.end.how === "dies";
}
