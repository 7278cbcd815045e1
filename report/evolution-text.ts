import { gatesText } from "../runs/gates/gates-text.ts";
import type { EvolutionSummary } from "../runs/evolve/evolution-outputs.ts";
import { cascadesText } from "./cascade-text.ts";

/**
 * The results of an evolution and what its cascade did, in sentences, and the gates.
 *
 * @param results What the report says of it.
 */
export function evolutionText(
  { gates = {}, cascades = [] }: Pick<EvolutionSummary, "gates" | "cascades">,
  results: readonly string[],
): string {
  return [...results, ...gatesText(gates), ...cascadesText(cascades)].join("\n");
}
