/**
 * How many jobs go ahead of those that are pushed one every so many milliseconds, one after another: a service and its
 * pushers run for weeks, so their code is compiled when the clock starts.
 */
export const PACED_WARM_UP = 2_000;
