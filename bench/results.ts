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

/** What the JSON file of a run holds. */
export class Results {
  readonly startedAt: string = new Date().toISOString();
  readonly machine: Machine;
  readonly plan: Plan & { readonly rounds: number };
  readonly figures: Figure[] = [];
  readonly gaps: Gap[] = [];

  constructor(machine: Machine, plan: Plan & { readonly rounds: number }) {
    this.machine = machine;
    this.plan = plan;
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
