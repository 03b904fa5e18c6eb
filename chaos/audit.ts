import { Deaths } from "./deaths.ts";
import { type Run, runsOf } from "./ledger.ts";
import type { Line } from "./project/note.ts";
import type { Told } from "./pusher.ts";

/** What is known of one run of a scenario, from outside of mpq and from what the store says at its end. */
export interface Evidence {
  /** What the pusher was told of each job; `unknown` when it got no answer. */
  readonly pushes: ReadonlyMap<string, Told>;
  readonly lines: readonly Line[];
  /** Processes that this tool killed. */
  readonly deaths: readonly { readonly pid: number; readonly at: number }[];
  /** When services were told to start. */
  readonly starts: readonly number[];
  readonly counts: Counts;
  /** Ids of the jobs that the store keeps as failed. */
  readonly failed: readonly string[];
}

export type Counts = Readonly<Record<"pushed" | "ready" | "delayed" | "active" | "failed" | "done", number>>;

/** Two runs of one job, one after the other. */
export interface Pair {
  readonly first: Run;
  readonly second: Run;
}

export interface Rules {
  /** Jobs that one worker runs at once. */
  readonly concurrency: number;
  /** Whether the service kills workers itself: for a timeout, or for their memory. */
  readonly killsItself: boolean;
  /** Whether the promise lets the second run be, though the first one ended well or goes on. */
  excuses(pair: Pair): boolean;
}

export interface Verdict {
  readonly pushed: number;
  readonly finished: number;
  /** Jobs whose handler was called more than once. */
  readonly repeated: number;
  /** Runs of jobs that had ended well before. */
  readonly unexplained: readonly string[];
  readonly lost: readonly string[];
  /** Whatever else must not be. */
  readonly violations: readonly string[];
  /** The longest time from the death of a run's process until the job's next run; undefined when none died. */
  readonly recoveryMs: number | undefined;
}

/** Compares what handlers did with what the pusher was told and with what the store says. Pure. */
export function audit(evidence: Evidence, rules: Rules): Verdict {
  const jobs = Map.groupBy(runsOf(evidence.lines), (run) => run.job);
  for (const runs of jobs.values()) runs.sort((a, b) => a.startedAt - b.startedAt);
  const scene: Scene = { rules, deaths: new Deaths(evidence), failed: new Set(evidence.failed) };
  const pairs = [...jobs.values()].flatMap(pairsOf);
  return {
    pushed: evidence.pushes.size,
    finished: evidence.counts.done + evidence.counts.failed,
    repeated: [...jobs.values()].filter((runs) => runs.filter(({ kind }) => kind === "handler").length > 1).length,
    unexplained: pairs.filter((pair) => isUnexplained(pair, scene)).map(described),
    lost: lost(evidence.pushes, scene, jobs),
    violations: [
      ...storeFaults(evidence),
      ...[...jobs.keys()].filter((job) => !evidence.pushes.has(job)).map((job) => `${job} ran and was never pushed`),
      ...[...jobs.values()].flatMap((runs) => failedAfterAll(runs, scene)),
      ...pairs.flatMap((pair) => orderFault(pair, scene) ?? []),
    ],
    recoveryMs: longest(pairs.map((pair) => scene.deaths.recovery(pair))),
  };
}

interface Scene {
  readonly rules: Rules;
  readonly deaths: Deaths;
  readonly failed: ReadonlySet<string>;
}

function pairsOf(runs: readonly Run[]): Pair[] {
  return runs.flatMap((second, index) => {
    const first = runs[index - 1];
    return first === undefined ? [] : [{ first, second }];
  });
}

/** What the store's own figures must be when nothing is left to do. */
function storeFaults({ pushes, counts, failed }: Evidence): string[] {
  const told = [...pushes.values()].filter((one) => one !== "forgotten");
  const acknowledged = told.filter((one) => one === "acknowledged").length;
  const { pushed, ready, delayed, active, done } = counts;
  const faults: string[] = [];
  if (pushed < acknowledged || pushed > told.length) {
    faults.push(`the store counts ${pushed} pushed jobs; ${told.length} were sent, ${acknowledged} acknowledged`);
  }
  if (ready + delayed + active > 0) faults.push(`left behind: ${ready} ready, ${delayed} delayed, ${active} active`);
  if (done + counts.failed !== pushed) faults.push(`of ${pushed} jobs ${done} are done and ${counts.failed} failed`);
  if (failed.length !== counts.failed) faults.push(`${counts.failed} jobs failed, and ${failed.length} are listed`);
  if (new Set(failed).size !== failed.length) faults.push("a job is listed as failed twice");
  return faults;
}

/** Acknowledged jobs that are not among the failed, and of which no run ended well. */
function lost(pushes: Evidence["pushes"], { failed }: Scene, jobs: ReadonlyMap<string, readonly Run[]>): string[] {
  const isThere = (job: string): boolean => failed.has(job) || (jobs.get(job) ?? []).some(endedWell);
  return [...pushes].filter(([job, told]) => told === "acknowledged" && !isThere(job)).map(([job]) => job);
}

function endedWell(run: Run): boolean {
  return run.kind === "handler" && run.end?.how === "done";
}

function isUnexplained(pair: Pair, { rules, deaths }: Scene): boolean {
  return pair.first.end?.how === "done" && !isInDoubt(pair.first, { rules, deaths }) && !rules.excuses(pair);
}

/**
 * Whether its process may have died after the run said that it ended and before anybody else could know: then the job may
 * run again. What the process began later proves that it did not.
 */
function isInDoubt(run: Run, { rules, deaths }: Pick<Scene, "rules" | "deaths">): boolean {
  return run.later < rules.concurrency && (rules.killsItself || deaths.of(run) !== undefined);
}

function failedAfterAll(runs: readonly Run[], { failed, ...scene }: Scene): string[] {
  const last = runs.at(-1);
  if (last === undefined || !failed.has(last.job) || !endedWell(last) || isInDoubt(last, scene)) return [];
  return [`${last.job} ended well in ${place(last)}, and is kept as failed`];
}

/** What is wrong with the order of two runs, if anything is. */
function orderFault(pair: Pair, scene: Scene): string | undefined {
  const { first, second } = pair;
  const overAt = scene.deaths.endOf(first);
  if (overAt !== undefined && overAt > second.startedAt && !scene.rules.excuses(pair)) {
    return `at the same time: ${described(pair)}`;
  }
  if (second.attempt < first.attempt) return `attempts out of order: ${described(pair)}`;
  if (first.kind === "callback" && second.kind === "handler") return `run after it was given up: ${described(pair)}`;
  const isCounted = second.kind === "callback" || second.attempt > first.attempt || isInDoubt(first, scene);
  return first.end?.how === "threw" && !isCounted ? `a failed run was not counted: ${described(pair)}` : undefined;
}

function described({ first, second }: Pair): string {
  return `${first.job} in ${place(first)} and in ${place(second)}`;
}

function place({ kind, pid, attempt, startedAt }: Run): string {
  return `${pid} (${kind}, attempt ${attempt}, ${startedAt.toFixed(3)})`;
}

function longest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : known.reduce((most, time) => Math.max(most, time), 0);
}
