import { gatesText } from "../runs/gates/gates-text.ts";
import type { EvolutionSummary } from "../runs/evolve/evolution-outputs.ts";

/**
 * The results of an evolution in sentences, and the gates.
 *
 * @param results What the report says of it.
 */
export function evolutionText(
  { gates = {} }: Pick<EvolutionSummary, "gates">,
  results: readonly string[],
): string {
  return [...results, ...gatesText(gates)].join("\n");
}
