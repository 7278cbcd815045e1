import { FellowshipError } from "../../state/fellowship-error.ts";
import { openUnattendedEvaluator } from "../../topologies/open-topology.ts";
import type { CommandOptions } from "../command-options.ts";
import type { MeasureStyle } from "./benchmark-files.ts";

/** The measured model's options are none of the evaluator's. */
function evaluatorSets({ sets = [] }: CommandOptions): readonly string[] {
  return sets.filter((set) => !set.startsWith("agents.generator."));
}

/**
 * How the evaluator is asked. AlpacaEval: both orders unless its file says otherwise. MT-Bench:
 * each answer by itself out of 10, with the grading prompt where its agents have no prompt of their
 * own for such scoring.
 *
 * @throws FellowshipError `bad_usage` for an evaluator that can't grade an answer by itself
 */
export async function gradingOptions(
  evaluator: string,
  options: CommandOptions & { readonly style: MeasureStyle },
): Promise<Pick<CommandOptions, "sets" | "defaults">> {
  const sets = evaluatorSets(options);
  if (options.style === "alpaca-eval") return { sets, defaults: { orders: "both" } };
  const { topology } = await openUnattendedEvaluator(evaluator, { ...options, sets });
  if (topology.graph !== "judge" && topology.graph !== "jury") {
    throw new FellowshipError(
      "bad_usage",
      `${evaluator}: graph: ${topology.graph}; --style mt-bench grades each answer by itself, ` +
        "which a judge or a jury does.",
      { facts: { path: evaluator } },
    );
  }
  const wasIndependent = "strategy" in topology && topology.strategy === "independent";
  const agents = "agents" in topology ? agentsOf(topology.agents) : [];
  const prompts = agents
    .filter(({ prompt }) => !(wasIndependent && prompt !== undefined))
    .map(({ key }) => `agents.${key}.prompt=judge-grade`);
  return { sets: [...sets, "strategy=independent", "scale=10", ...prompts], defaults: undefined };
}

/** The judge or the jurors, with their keys below `agents`. */
function agentsOf(agents: object): { key: string; prompt: string | undefined }[] {
  return Object.entries(agents).flatMap(([name, member]: [string, unknown]) => {
    const members: readonly unknown[] = Array.isArray(member) ? member : [member];
    return members.map((one, at) => ({
      key: Array.isArray(member) ? `${name}.${at}` : name,
      prompt: promptOf(one),
    }));
  });
}

function promptOf(agent: unknown): string | undefined {
  if (typeof agent !== "object" || agent === null || !("prompt" in agent)) return undefined;
  return typeof agent.prompt === "string" ? agent.prompt : undefined;
}
