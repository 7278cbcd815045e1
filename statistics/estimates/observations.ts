/** The amounts that one row, or one cluster of rows, adds to cells of a table of sums. */
export type RowTerms = readonly (readonly [cell: number, amount: number])[];

/** Rows as far as a statistic of their sums depends on them. */
export type Observations = {
  readonly rows: readonly RowTerms[];
  /** The number of cells. */
  readonly width: number;
  /**
   * Rows that may occur, seen or not; the bootstrap gives all of them together one row's weight.
   */
  readonly prior: readonly RowTerms[];
  /** The cluster of each row (its prompt). Left out, every row is a cluster of its own. */
  readonly clusters?: readonly Cluster[] | undefined;
};

/** The name of a cluster. */
export type Cluster = string | number;

/** Clusters that add the same to the sums, and how many of them there are. */
export type ClusterType = { readonly terms: RowTerms; readonly count: number };

/** The sums over all rows. */
export function sumRows({ rows, width }: Pick<Observations, "rows" | "width">): Float64Array {
  const sums = new Float64Array(width);
  for (const terms of rows) addTerms(sums, terms, 1);
  return sums;
}

/** Adds a row's terms, each times `weight`. */
export function addTerms(sums: Float64Array, terms: RowTerms, weight: number): void {
  for (const [cell, amount] of terms) sums[cell]! += weight * amount;
}

/** The kinds of clusters, in an order that does not depend on that of the rows. */
export function clusterTypes({ rows, width, clusters }: Observations): ClusterType[] {
  const types = new Map<string, { terms: RowTerms; count: number }>();
  for (const terms of clusters === undefined ? rows : sumClusters({ rows, width }, clusters)) {
    const key = terms.map(([cell, amount]) => `${cell}:${amount}`).join(" ");
    const type = types.get(key);
    if (type === undefined) types.set(key, { terms, count: 1 });
    else type.count += 1;
  }
  return [...types].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, type]) => type);
}

function sumClusters(
  { rows, width }: Pick<Observations, "rows" | "width">,
  clusters: readonly Cluster[],
): RowTerms[] {
  const rowsOf = new Map<Cluster, RowTerms[]>();
  rows.forEach((terms, row) => {
    const cluster = clusters[row] ?? "";
    const members = rowsOf.get(cluster);
    if (members === undefined) rowsOf.set(cluster, [terms]);
    else members.push(terms);
  });
  return [...rowsOf.values()].map((members) => {
    if (members.length === 1) return members[0]!;
    const sums = sumRows({ rows: members, width });
    return [...sums].flatMap((amount, cell) => (amount === 0 ? [] : [[cell, amount] as const]));
  });
}
