import type { EvaluationSummary } from "../runs/evaluate/evaluation-outputs.ts";
import type { EvolutionSummary } from "../runs/evolve/evolution-outputs.ts";
import type { GenerationSummary } from "../runs/generate/generation-outputs.ts";
import type { MergedEnd } from "../runs/merge/merge-run.ts";
import { evaluationText } from "./evaluation-text.ts";
import { evolutionText } from "./evolution-text.ts";
import { generationText } from "./generation-text.ts";

/** The results of a merged run, in the words of its command. */
export function mergedText({
  command,
  summary,
  results,
}: Pick<MergedEnd, "command" | "summary" | "results">): string {
  // The command's own job made the summary.
  if (command === "evaluate") {
    return [evaluationText(summary as EvaluationSummary), "", ...results].join("\n");
  }
  if (command === "evolve") return evolutionText(summary as EvolutionSummary, results);
  return generationText(summary as GenerationSummary, results);
}
