/**
 * The known word that was probably meant, for "did you mean …?"; null where none is close.
 *
 * Close is an edit distance (Levenshtein) of at most a third of the word's length, rounded up,
 * without regard to case.
 */
export function closestWord(word: string, known: readonly string[]): string | null {
  const wanted = word.toLowerCase();
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .toSorted((one, other) => one.distance - other.distance);
  const [best] = ranked;
  if (best === undefined) return null;
  return best.distance <= Math.ceil(word.length / 3) ? best.candidate : null;
}

/**
 * The least number of inserted, removed and replaced characters between two words (Levenshtein
 * 1966).
 */
function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (const [index, letter] of one.split("").entries()) {
    const next = [index + 1];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
