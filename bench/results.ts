import type { Plan, Reading } from "./measure/measure.ts";
import type { Machine } from "./machine.ts";

/** Every reading of one figure of one system, in the order of the rounds. */
export interface Figure {
  readonly measure: string;
  readonly what: string;
  readonly unit: string;
  readonly better: "more" | "less";
  readonly product: string;
  readonly system: string;
  readonly values: number[];
  readonly detail?: string;
  readonly role?: string;
}

/** A system that was not measured, or not in one round, and why. */
export interface Gap {
  readonly measure: string;
  readonly system: string;
  readonly reason: string;
}

export type RunPlan = Plan & { readonly rounds: number };

/** What the JSON file of a run holds. */
export class Results {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly plan: RunPlan;
  readonly figures: Figure[] = [];
  readonly gaps: Gap[] = [];
  /** The names of the measures that were taken whole, in their order. */
  readonly taken: string[] = [];

  constructor(machine: Machine, plan: RunPlan, startedAt: string = new Date().toISOString()) {
    this.machine = machine;
    this.plan = plan;
    this.startedAt = startedAt;
  }

  /** What an earlier run left in its JSON file, to be gone on with. Throws when that was another plan or machine. */
  static read(text: string, machine: Machine, plan: RunPlan): Results {
    const found = JSON.parse(text) as Results;
    for (const [name, now] of Object.entries({ plan, machine })) {
      const then = JSON.stringify(found[name as "plan" | "machine"]);
      if (JSON.stringify(now) === then) continue;
      throw new Error(`--continue: the ${name} must be that of the run before, ${then}; it is ${JSON.stringify(now)}`);
    }
    const results = new Results(machine, plan, found.startedAt);
    // What was begun and not ended is measured anew.
    const isTaken = ({ measure }: { readonly measure: string }): boolean => found.taken.includes(measure);
    results.figures.push(...found.figures.filter(isTaken));
    results.gaps.push(...found.gaps.filter(isTaken));
    results.taken.push(...found.taken);
    return results;
  }

  add(place: Pick<Figure, "measure" | "product" | "system">, { value, ...reading }: Reading): void {
    const found = this.figures.find((figure) => figure.system === place.system && figure.what === reading.what);
    if (found !== undefined) found.values.push(value);
    else this.figures.push({ ...place, ...reading, values: [value] });
  }

  /** The same reason in several rounds is told once. */
  miss(gap: Gap): void {
    const isSame = (other: Gap): boolean => JSON.stringify(other) === JSON.stringify(gap);
    if (!this.gaps.some(isSame)) this.gaps.push(gap);
  }
}
