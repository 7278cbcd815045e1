import type { PairMode, PairSettings } from "../../datasets/export/dpo.ts";

/** What of a generator topology decides which pairs are drawn. */
export type PairTopology = {
  readonly graph: string;
  readonly pairs: PairMode;
  readonly margin?: readonly [low: number, high: number] | undefined;
  readonly onPolicy?: string | undefined;
};

/** Which pairs a topology asks for. */
export function pairSettings(topology: PairTopology): PairSettings {
  const { graph, pairs: mode, margin, onPolicy } = topology;
  return graph === "pool" && !("module" in topology)
    ? { mode, filter: { margin, onPolicy } }
    : { mode };
}
