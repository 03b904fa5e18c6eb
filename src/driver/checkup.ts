/** The part of the border that tells whether a store is set up as jobs need it. */

/** What was found of one thing: in order, of concern, or a reason why mpq does not work. */
export interface Finding {
  readonly check: string;
  readonly level: "ok" | "warn" | "fail";
  /** What was found; unless all is well, also what to do. */
  readonly message: string;
}

export interface CheckedStore {
  /** What an operator should know of the store: a finding for each thing that is looked at. Changes nothing. */
  checkup(): Promise<readonly Finding[]>;
}
