import { readRun } from "../../report-page/read/read-run.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { EvaluatorTopology } from "../../topologies/kinds/evaluators.ts";
import { recordedTopology } from "../../topologies/recorded-topology.ts";
import type { TaughtTopology } from "./taught-topology.ts";

/**
 * The evaluator of a finished evaluation.
 *
 * @throws FellowshipError `bad_usage` where it is none that can be shown examples
 */
export async function taughtEvaluator(
  directory: string,
  allowCode: boolean,
): Promise<TaughtTopology> {
  const { manifest } = await readRun(directory);
  if (manifest.command !== "evaluate") {
    const found = `${directory} was made by ${manifest.command}`;
    throw badUsage(`teach: expected the --out directory of evaluate; ${found}.`);
  }
  const topology = recordedTopology(manifest.topology, { place: directory, allowCode });
  if (!takesExamples(topology)) {
    throw badUsage(
      `teach: expected a run of a judge, a jury or a debate, which can be shown examples; ` +
        `${directory} is of graph: ${topology.graph}.`,
    );
  }
  if (topology.graph === "judge" && topology.agents.judge.api !== undefined) {
    throw badUsage(`teach: the judge of ${directory} is a reward model, which reads no examples.`);
  }
  if (topology.examples === undefined && topology.guidelines === undefined) return topology;
  throw badUsage(
    `teach: the evaluator of ${directory} has examples or guidelines already. Expected a run of ` +
      "the evaluator without them.",
  );
}

function takesExamples(topology: { readonly graph: string }): topology is TaughtTopology {
  const graphs: readonly string[] = [
    "judge",
    "jury",
    "debate",
  ] satisfies EvaluatorTopology["graph"][];
  return !("module" in topology) && graphs.includes(topology.graph);
}

function badUsage(message: string): FellowshipError {
  return new FellowshipError("bad_usage", message);
}
