/** How often a fact is looked at while a test waits for it. */
const LOOK_EVERY_MS = 2;
/** A fact that takes longer than this is taken for one that never comes. */
const PATIENCE_MS = 10_000;

/**
 * Waits until `fact` gives something other than undefined, null and false, and returns that. Fails, naming `what`, when
 * it takes too long.
 */
export async function until<Fact>(
  what: string,
  fact: () => Fact | Promise<Fact>,
  patienceMs: number = PATIENCE_MS,
): Promise<Exclude<Fact, undefined | null | false>> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const found = await fact();
    if (isFact(found)) return found;
    if (performance.now() > end) throw new Error(`waited ${patienceMs} ms in vain until ${what}`);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

function isFact<Fact>(found: Fact): found is Exclude<Fact, undefined | null | false> {
  return found !== undefined && found !== null && found !== false;
}
