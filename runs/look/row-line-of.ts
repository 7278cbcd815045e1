import { evolutionRowLine } from "../../datasets/export/evolution-lines.ts";
import { generationRowLine } from "../../datasets/export/generation-lines.ts";
import type {
  EvaluationResult,
  EvolutionResult,
  GenerationResult,
} from "../../state/row-result.ts";
import { evaluationRowLine } from "../evaluate/evaluation-outputs.ts";

/** The result of a row of any command. */
export type AnyResult = GenerationResult | EvaluationResult | EvolutionResult;

/** The line that a finished row has, or will have, in `rows.jsonl`. */
export function rowLineOf(number: number, result: AnyResult): object {
  if ("verdict" in result) return evaluationRowLine(number, result);
  return "answers" in result
    ? evolutionRowLine({ number, result })
    : generationRowLine({ number, result });
}
