import type { Cluster } from "./observations.ts";

/** Numbers clusters from 0 in the order in which they come. */
export type ClusterNumbers = {
  /** A row without a cluster is one of its own. */
  readonly numberOf: (cluster: Cluster | undefined) => number;
  /** The number of a cluster that came before. */
  readonly known: (cluster: Cluster) => number | undefined;
  readonly size: () => number;
};

export function createClusterNumbers(): ClusterNumbers {
  const numbers = new Map<Cluster, number>();
  let size = 0;
  return {
    numberOf: (cluster) => {
      const known = cluster === undefined ? undefined : numbers.get(cluster);
      if (known !== undefined) return known;
      if (cluster !== undefined) numbers.set(cluster, size);
      size += 1;
      return size - 1;
    },
    known: (cluster) => numbers.get(cluster),
    size: () => size,
  };
}
