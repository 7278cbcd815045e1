type OfReviewer = { readonly round: number; readonly reviewer?: string | undefined };

/**
 * Compares for `sort`: by round, and within a round by the reviewers' places in the topology. What
 * nodes leave that run side by side, LangGraph adds in the order of their names, which means
 * nothing to anybody.
 */
export function compareReviewers(
  reviewers: readonly string[],
): (one: OfReviewer, other: OfReviewer) => number {
  const placeOf = ({ reviewer }: OfReviewer) =>
    reviewer === undefined ? -1 : reviewers.indexOf(reviewer);
  return (one, other) => one.round - other.round || placeOf(one) - placeOf(other);
}
