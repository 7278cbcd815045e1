/** All pairs of labels that two raters may give a row: what a prior takes for possible. */
export function labelPairs<L>(labels: readonly L[]): [L, L][] {
  return labels.flatMap((first) => labels.map((second): [L, L] => [first, second]));
}
