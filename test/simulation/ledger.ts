import type { Settlement, Taker } from "../../src/driver/driver.ts";
import { type JobRecord, MAX_CALLBACK_TRIES, NEW_RECORD, type Outcome, type Phase } from "../../src/job/attempt.ts";
import type { JobId } from "../../src/job/id.ts";
import type { JobPlan } from "./plan.ts";
import type { SimulatedProcess } from "./process.ts";
import type { World } from "./world.ts";

/** One call of a handler or of a failure callback. */
interface Run {
  readonly phase: Phase;
  readonly process: SimulatedProcess;
  readonly startedAt: number;
  endedAt: number;
  /** What its board says of it; `gone` when its process ended before. */
  how: "running" | "done" | "failed" | "gone";
}

interface Entry {
  readonly plan: JobPlan;
  readonly runs: Run[];
  end: "done" | "failed" | undefined;
}

/** Clocks of floating point differ by less than this. */
const EPSILON_MS = 0.001;

/**
 * Sees every job pushed, begun, ended and settled, and says which promise is broken when one is. It believes nobody but
 * the boards and the store: neither what processes say, nor what they think they hold.
 */
export class Ledger {
  readonly #world: World;
  readonly #entries = new Map<JobId, Entry>();
  /** Owners that were silent for longer than their lease: what they hold may run elsewhere as well. */
  readonly #silent = new Set<string>();
  /** Owners that were killed, or a worker of theirs. */
  readonly #killed = new Set<string>();
  #firstStarts: string[] = [];
  #open = 0;
  violation: string | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  get isSettled(): boolean {
    return this.#open === 0;
  }

  pushed(plan: JobPlan): void {
    this.#entries.set(plan.id, { plan, runs: [], end: undefined });
    this.#open++;
  }

  planOf(id: JobId): JobPlan {
    return this.#entry(id).plan;
  }

  /** How often the job was begun in this phase. */
  startsOf(id: JobId, phase: Phase): number {
    return this.#entry(id).runs.filter((run) => run.phase === phase).length;
  }

  wasKilled(owner: string): boolean {
    return this.#killed.has(owner);
  }

  // ── What happens

  started(process: SimulatedProcess, id: JobId, phase: Phase): void {
    const entry = this.#entry(id);
    this.#checkStart(entry, process, phase);
    if (phase === "running" && entry.runs.length === 0) this.#noteFirst(id);
    const startedAt = this.#world.timeline.now;
    entry.runs.push({ phase, process, startedAt, endedAt: startedAt, how: "running" });
  }

  ended(process: SimulatedProcess, id: JobId, how: "done" | "failed"): void {
    const run = this.#entry(id).runs.findLast((one) => one.process === process && one.how === "running");
    if (run === undefined) return this.fail(`${id} ended in ${process.title}, where it was not begun`);
    run.how = how;
    run.endedAt = this.#world.timeline.now;
  }

  died(process: SimulatedProcess): void {
    if (process.fate !== "done") this.#killed.add(process.owner);
    for (const { runs } of this.#entries.values()) {
      for (const run of runs) {
        if (run.process !== process || run.how !== "running") continue;
        run.how = "gone";
        run.endedAt = this.#world.timeline.now;
      }
    }
  }

  /** The store has accepted this. */
  settled({ id, kind }: Settlement): void {
    if (kind !== "done" && kind !== "failed") return;
    const entry = this.#entry(id);
    if (entry.end !== undefined) this.fail(`${id} is ${kind}, and was ${entry.end} before`);
    const proof = entry.runs.some((run) =>
      kind === "done" ? run.phase === "running" && run.how === "done" : run.phase === "failing",
    );
    if (!proof) this.fail(`${id} is ${kind}, but no ${kind === "done" ? "run of it ended well" : "callback ran"}`);
    if (entry.end === undefined) this.#open--;
    entry.end = kind;
    if (kind === "failed") this.#checkFailed(entry);
  }

  /** No process of ours may throw where nobody catches it, whatever happens to it. */
  threw(who: string, error: unknown): void {
    this.fail(`${who} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  /** The jobs that failed. */
  failed(): readonly JobId[] {
    return [...this.#entries.values()].filter(({ end }) => end === "failed").map(({ plan }) => plan.id);
  }

  /** An operator has made a failed job a new one. */
  retried(id: JobId): void {
    this.pushed(this.planOf(id));
  }

  leaseEnded({ owner }: Taker): void {
    this.#silent.add(owner);
  }

  // ── What is promised

  #checkStart(entry: Entry, process: SimulatedProcess, phase: Phase): void {
    const { id, policy } = entry.plan;
    const what = phase === "running" ? "run" : "callback";
    if (this.#isSilent(process)) return;
    if (entry.end !== undefined) this.fail(`a ${what} of ${id} begins after it was ${entry.end}`);
    const elsewhere = entry.runs.find((run) => run.how === "running" && !this.#isSilent(run.process));
    if (elsewhere !== undefined) {
      this.fail(`a ${what} of ${id} begins in ${process.title} while one goes on in ${elsewhere.process.title}`);
    }
    const finished = entry.runs.find(
      (run) => run.phase === phase && run.how === "done" && !this.#isSilent(run.process),
    );
    if (finished !== undefined) this.fail(`a ${what} of ${id} begins, though one had ended well`);
    const stored = this.#world.look(id);
    const record = stored?.record ?? NEW_RECORD;
    if (stored?.state !== "active") this.fail(`a ${what} of ${id} begins, which is ${stored?.state ?? "gone"}`);
    if (record.phase !== phase) this.fail(`a ${what} of ${id} begins in its phase ${record.phase}`);
    this.#checkRecord(entry, record);
    const failures = record.attempts.filter(({ outcome }) => outcome !== "released" && outcome !== "lease-lost").length;
    if (phase === "running" && failures > policy.retries) this.fail(`${id} runs after ${failures} failures`);
    if (record.callbackTries >= MAX_CALLBACK_TRIES) this.fail(`the callback of ${id} was tried often enough`);
  }

  /** Each attempt in a record stands for a run that ended in that way. */
  #checkRecord({ plan, runs }: Entry, record: JobRecord): void {
    const { timeoutMs } = plan.policy;
    const handled = runs.filter((run) => run.phase === "running");
    const gone = handled.filter((run) => run.how === "gone");
    const lasted = (run: Run): number =>
      (run.how === "running" ? this.#world.timeline.now : run.endedAt) - run.startedAt;
    const proofs: Readonly<Record<Outcome, number>> = {
      error: handled.filter((run) => run.how === "failed").length,
      timeout: handled.filter((run) => timeoutMs > 0 && lasted(run) >= timeoutMs - EPSILON_MS).length,
      killed: gone.filter((run) => run.process.fate === "fault").length,
      exit: gone.filter((run) => run.process.fate === "itself").length,
      memory: gone.filter((run) => this.#world.hogs.has(run.process.pid)).length,
      released: handled.length,
      "lease-lost": Number.POSITIVE_INFINITY,
    };
    for (const [outcome, proof] of Object.entries(proofs)) {
      const told = record.attempts.filter((attempt) => attempt.outcome === outcome).length;
      if (told > proof)
        this.fail(`${plan.id} has ${told} attempts with ${outcome}, but ran ${proof} times to that end`);
    }
  }

  #checkFailed(entry: Entry): void {
    const { id, policy } = entry.plan;
    const { attempts } = this.#world.look(id)?.record ?? NEW_RECORD;
    const failures = attempts.filter(({ outcome }) => outcome !== "released" && outcome !== "lease-lost").length;
    const last = attempts.at(-1);
    const mayFail =
      failures > policy.retries ||
      (last?.outcome === "timeout" && !policy.retryOnTimeout) ||
      last?.outcome === "lease-lost" ||
      entry.plan.acts.some((act) => act.do === "refuse");
    if (!mayFail) this.fail(`${id} failed after ${failures} failures, and may have ${policy.retries}`);
    const well = entry.runs.find((run) => run.phase === "running" && run.how === "done");
    if (well !== undefined && !this.#isSilent(well.process)) this.fail(`${id} failed, though a run had ended well`);
  }

  /** After everything was stopped. */
  checkEnd(): void {
    for (const { plan, runs, end } of this.#entries.values()) {
      if (end === undefined) this.fail(`${plan.id} is neither done nor failed`);
      const well = runs.filter((run) => run.phase === "running" && run.how === "done");
      const isSilent = runs.some((run) => this.#isSilent(run.process));
      if (end === "done" && well.length !== 1 && !isSilent) this.fail(`${plan.id} ended well ${well.length} times`);
    }
    const { ready, delayed, active, failed, done, pushed } = this.#world.counts();
    if (ready + delayed + active > 0) this.fail(`${ready} ready, ${delayed} delayed, ${active} active jobs are left`);
    if (done + failed !== pushed) this.fail(`${pushed} jobs were pushed, ${done} done and ${failed} failed`);
  }

  #noteFirst(id: JobId): void {
    if (!this.#world.options.isOrdered) return;
    const before = this.#firstStarts.at(-1);
    if (before !== undefined && before > id) this.fail(`${id} begins after ${before}, which came later`);
    this.#firstStarts.push(id);
  }

  #isSilent(process: SimulatedProcess): boolean {
    return this.#silent.has(process.owner);
  }

  #entry(id: JobId): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new Error(`${id} was never pushed`);
    return entry;
  }

  /** Notes that a promise is broken; the first one counts. */
  fail(violation: string): void {
    this.violation ??= `at ${this.#world.timeline.now.toFixed(3)} ms: ${violation}`;
  }
}
