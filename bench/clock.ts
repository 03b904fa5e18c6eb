/** Milliseconds of one clock for all processes of this host, to the microsecond: the handlers' own (`clients/meter.mjs`). */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 60_000;

/** Waits until `fact` is true; `everyMs` apart, so that looking costs what is measured next to nothing. */
export async function until(
  what: string,
  fact: () => boolean | Promise<boolean>,
  everyMs: number = LOOK_EVERY_MS,
): Promise<void> {
  const end = now() + PATIENCE_MS;
  while (!(await fact())) {
    if (now() > end) throw new Error(`waited ${PATIENCE_MS / 1000} s in vain: ${what}`);
    await Bun.sleep(everyMs);
  }
}
