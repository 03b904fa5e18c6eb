/** Gives the word of `words` that was probably meant by `word`, or undefined when none is near. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  const plain = plainOf(word);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(plain.length / 3)) + 1;
  for (const candidate of words) {
    const other = plainOf(candidate);
    const found = isBeginning(plain, other) ? 1 : distance(plain, other);
    if (found < bestDistance) [best, bestDistance] = [candidate, found];
  }
  return best;
}

/** Ends a message with the word that was probably meant, or says nothing. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const meant = nearest(word, words);
  return meant === undefined ? "" : `; did you mean "${meant}"?`;
}

/** `retry_delay`, `retry-delay` and `retryDelay` are one word to whoever writes it. */
function plainOf(word: string): string {
  return word.toLowerCase().replaceAll(/[_\s-]/g, "");
}

/** A word that was cut short or carried on, as `warning` for `warn`; one or two letters begin too many words. */
function isBeginning(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short.length > 2 && long.startsWith(short);
}

/** How many letters were left out, added, mistaken or exchanged with their neighbour. */
function distance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const mistaken = at(last, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const best = Math.min(mistaken, at(last, column) + 1, at(current, column - 1) + 1);
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(swapped ? Math.min(best, at(beforeLast, column - 2) + 1) : best);
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
