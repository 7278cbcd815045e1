import { FellowshipError } from "../../state/fellowship-error.ts";
import type { EvaluatorTopology } from "../../topologies/kinds/evaluators.ts";
import { isEvaluatorTopology } from "../../topologies/kinds/kinds.ts";
import { loadTopology, type TopologyChanges } from "../../topologies/load/load-topology.ts";
import { isCodePath } from "../../user-code/load-code.ts";

/**
 * The evaluator whose verdicts a run depends on: the topology itself, or its `evaluator`.
 *
 * @throws FellowshipError `bad_usage` where there is none, and as `loadTopology` does
 */
export function evaluatorInside(path: string, changes: TopologyChanges): EvaluatorTopology {
  if (isCodePath(path)) throw noEvaluator(path, "is code; expected a topology file");
  const topology = loadTopology(path, changes);
  if (isEvaluatorTopology(topology)) return topology;
  if ("evaluator" in topology && topology.evaluator !== undefined) return topology.evaluator;
  throw noEvaluator(path, `(graph: ${topology.graph}) has no key evaluator`);
}

function noEvaluator(path: string, why: string): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    `--sentinel: ${path} ${why}. Golden pairs are judged by the evaluator of a topology.`,
    { facts: { path } },
  );
}
