/** A service and its pushers run for weeks, so their code is compiled when a clock starts: some jobs go ahead. */

/** For each so many jobs that are measured, one more goes ahead. */
const SHARE = 2;

/** How many jobs go ahead of those that are pushed one every so many milliseconds, one after another. */
export const PACED_WARM_UP = 2_000;

/** How many jobs go ahead of so many that are measured. */
export function warmUpFor(count: number): number {
  return Math.ceil(count / SHARE);
}

/** A worker's compilers are at work for so many jobs, whatever these do. */
const COMPILED_AFTER = 20_000;
const QUICKLY = 500;

/** How many jobs go ahead of so many workers where what is measured would else be the compiling of their code. */
export function untilCompiled(workers: number, { quick }: { readonly quick: boolean }): number {
  return workers * (quick ? QUICKLY : COMPILED_AFTER);
}
