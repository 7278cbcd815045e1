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
  /** How many clusters like each row's there are, each with a row like it. Left out, one. */
  readonly counts?: readonly number[] | undefined;
};

/** The name of a cluster. */
export type Cluster = string | number;

/** Clusters that add the same to the sums, and how many of them there are. */
export type ClusterType = { readonly terms: RowTerms; readonly count: number };

/** The sums over all rows. */
export function sumRows({
  rows,
  width,
  counts,
}: Pick<Observations, "rows" | "width" | "counts">): Float64Array {
  const sums = new Float64Array(width);
  rows.forEach((terms, row) => addTerms(sums, terms, counts?.[row] ?? 1));
  return sums;
}

/** How many rows there are. */
export function countRows({ rows, counts }: Pick<Observations, "rows" | "counts">): number {
  return counts === undefined ? rows.length : counts.reduce((sum, count) => sum + count, 0);
}

/** Adds a row's terms, each times `weight`. */
export function addTerms(sums: Float64Array, terms: RowTerms, weight: number): void {
  for (const [cell, amount] of terms) sums[cell]! += weight * amount;
}

/** The kinds of clusters, in an order that does not depend on that of the rows. */
export function clusterTypes({ clusters, ...observed }: Observations): ClusterType[] {
  const types = new Map<string, { terms: RowTerms; count: number }>();
  const all = clusters === undefined ? countedRows(observed) : sumClusters(observed, clusters);
  for (const { terms, count } of all) {
    const key = terms.map(([cell, amount]) => `${cell}:${amount}`).join(" ");
    const type = types.get(key);
    if (type === undefined) types.set(key, { terms, count });
    else type.count += count;
  }
  return [...types].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, type]) => type);
}

function countedRows({ rows, counts }: Pick<Observations, "rows" | "counts">): ClusterType[] {
  return rows.map((terms, row) => ({ terms, count: counts?.[row] ?? 1 }));
}

function sumClusters(
  observed: Pick<Observations, "rows" | "width" | "counts">,
  clusters: readonly Cluster[],
): ClusterType[] {
  const { width } = observed;
  const typesOf = new Map<Cluster, ClusterType[]>();
  countedRows(observed).forEach((row, at) => {
    const cluster = clusters[at] ?? "";
    const members = typesOf.get(cluster);
    if (members === undefined) typesOf.set(cluster, [row]);
    else members.push(row);
  });
  return [...typesOf.values()].map((members) => {
    const [first] = members;
    if (members.length === 1) return first!;
    const sums = sumRows({ rows: members.map(({ terms }) => terms), width });
    const terms = [...sums].flatMap((amount, cell) =>
      amount === 0 ? [] : [[cell, amount] as const],
    );
    return { terms, count: first!.count };
  });
}
