/** Counts a word; keys stand in the order in which they were first met. */
export function count(counts: Record<string, number>, word: string): void {
  counts[word] = (counts[word] ?? 0) + 1;
}
