import type { Steps } from "../../state/in-slices.ts";

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

/** Rows or clusters between two pauses: some milliseconds of work. */
const rowsAStep = 50_000;
const clustersAStep = 2000;

/** The kinds of clusters, in an order that does not depend on that of the rows; in steps. */
export function* clusterTypes({ clusters, ...observed }: Observations): Steps<ClusterType[]> {
  const types = new Map<string, { terms: RowTerms; count: number }>();
  const all =
    clusters === undefined
      ? countedRows(observed)
      : sumClusters(observed, yield* rowsByCluster(clusters));
  let looked = 0;
  for (const { terms, count } of all) {
    const key = keyOf(terms);
    const type = types.get(key);
    if (type === undefined) types.set(key, { terms, count });
    else type.count += count;
    looked += 1;
    if (looked % clustersAStep === 0) yield;
  }
  yield;
  return [...types].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, type]) => type);
}

function keyOf(terms: RowTerms): string {
  let key = "";
  for (const [cell, amount] of terms) key += `${key === "" ? "" : " "}${cell}:${amount}`;
  return key;
}

function* countedRows({
  rows,
  counts,
}: Pick<Observations, "rows" | "counts">): Iterable<ClusterType> {
  for (const [row, terms] of rows.entries()) yield { terms, count: counts?.[row] ?? 1 };
}

function* rowsByCluster(clusters: readonly Cluster[]): Steps<Iterable<readonly number[]>> {
  const members = new Map<Cluster, number[]>();
  for (const [row, cluster] of clusters.entries()) {
    const others = members.get(cluster);
    if (others === undefined) members.set(cluster, [row]);
    else others.push(row);
    if (row % rowsAStep === rowsAStep - 1) yield;
  }
  return members.values();
}

function* sumClusters(
  { rows, width, counts }: Pick<Observations, "rows" | "width" | "counts">,
  clusters: Iterable<readonly number[]>,
): Iterable<ClusterType> {
  const sums = new Float64Array(width);
  for (const members of clusters) {
    const [first = 0] = members;
    const count = counts?.[first] ?? 1;
    if (members.length === 1) {
      yield { terms: rows[first]!, count };
      continue;
    }
    sums.fill(0);
    for (const row of members) addTerms(sums, rows[row]!, 1);
    const terms: [cell: number, amount: number][] = [];
    sums.forEach((amount, cell) => {
      if (amount !== 0) terms.push([cell, amount]);
    });
    yield { terms, count };
  }
}
