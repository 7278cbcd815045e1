import { juryName } from "../state/evaluation/jury-calibration.ts";
import type { JuryTopology } from "./kinds/jury.ts";

/** A jury of a topology whose verdicts a run calibrates. */
export type JuryInTopology = {
  /** Its dotted key in the topology; empty where the topology is the jury. */
  readonly key: string;
  /** The name under which a run gives it its calibration. */
  readonly name: string;
  readonly jurors: readonly string[];
};

/** The juries with `aggregate: calibrated`: the topology, its evaluator, those of its steps. */
export function calibratedJuriesIn(topology: unknown, key = ""): JuryInTopology[] {
  if (typeof topology !== "object" || topology === null) return [];
  const { graph, aggregate, evaluator, steps } = topology as Record<string, unknown>;
  if (graph === "jury") {
    return aggregate === "calibrated" ? [described(topology as JuryTopology, key)] : [];
  }
  const below = (part: string) => (key === "" ? part : `${key}.${part}`);
  const inSteps = Array.isArray(steps)
    ? steps.flatMap((step, index) => calibratedJuriesIn(step, below(`steps.${index}`)))
    : [];
  return [...calibratedJuriesIn(evaluator, below("evaluator")), ...inSteps];
}

function described({ agents }: JuryTopology, key: string): JuryInTopology {
  const jurors = agents.jurors.map(({ name = "juror" }) => name);
  return { key, name: juryName(jurors), jurors };
}

/** How a jury counts its jurors. */
export type JuryCount = {
  readonly aggregate: JuryTopology["aggregate"];
  readonly jurors: readonly string[];
  /** The jurors' weights, 1 each unless the topology gives others. */
  readonly weights: readonly number[];
};

/** How a topology that is a jury of several counts its jurors; null for any other topology. */
export function juryCountOf(topology: object): JuryCount | null {
  const { graph, aggregate, agents } = topology as JuryTopology;
  if (graph !== "jury" || agents.jurors.length < 2) return null;
  return {
    aggregate,
    jurors: described({ agents } as JuryTopology, "").jurors,
    weights: agents.jurors.map(({ weight }) => (aggregate === "weighted" ? (weight ?? 1) : 1)),
  };
}
