import { shareOfClusters, type TrialCount } from "./clustered-share.ts";
import type { Estimate } from "./interval.ts";

/** Trials of numbered clusters, counted as they come. */
export type TrialsByCluster = {
  readonly add: (cluster: number, success: boolean) => void;
  readonly size: () => number;
  /** `clusteredShare` of the trials so far. */
  readonly share: () => Estimate | null;
};

export function createTrialsByCluster(clusters: number): TrialsByCluster {
  const places = new Int32Array(clusters).fill(-1);
  const counts: TrialCount[] = [];
  let size = 0;
  return {
    add: (cluster, success) => {
      const place = places[cluster]!;
      const count = place < 0 ? { successes: 0, trials: 0, clusters: 1 } : counts[place]!;
      if (place < 0) places[cluster] = counts.push(count) - 1;
      count.trials += 1;
      if (success) count.successes += 1;
      size += 1;
    },
    size: () => size,
    share: () => shareOfClusters(counts),
  };
}
