import { gatesText } from "../runs/gates/gates-text.ts";
import type { EvolutionSummary } from "../runs/evolve/evolution-outputs.ts";

/** The outcome of the answers, in a line for people. */
export function evolutionText({ rounds, meanTokens, pairs, gates = {} }: EvolutionSummary): string {
  const words = Object.entries(rounds).map(
    ([number, rows]) => `${rows} ${number === "0" ? "kept" : `with ${number}`}`,
  );
  const mean = (tokens: number | null) => (tokens === null ? "–" : tokens.toFixed(1));
  const text =
    `Rows by accepted rewrites: ${words.join(", ")}. ${pairs} pairs. ` +
    `An answer has ${mean(meanTokens.before)} tokens before and ${mean(meanTokens.after)} after, on average.`;
  return [text, ...gatesText(gates)].join("\n");
}
